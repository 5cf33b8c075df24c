// What is shown follows what happens: boards, pages, families and histories after the answers of a watch.
import { describe, expect, test } from 'vitest'
import type { Status, Task, TaskEvent, WatchAnswer } from '../../src/console/api/task.js'
import { pageAfter } from '../../src/console/list/page-after.js'
import { afterAnswers, boardOf, failed, running, waiting, type Board } from '../../src/console/overview/board.js'
import { chapters, eventsAfter } from '../../src/console/task/events.js'
import { branches, familyAfter, withParts } from '../../src/console/task/family.js'
import { stateAfter, stateSeen, type TaskState } from '../../src/console/task/task-state.js'

const EPOCH = Date.parse('2026-01-31T12:00:00Z')

function at(seconds: number): string {
  return new Date(EPOCH + seconds * 1000).toISOString()
}

function task(id: string, revision: number, more: Partial<Task> = {}): Task {
  const status: Status = 'RUNNING'
  return { id, serviceInstanceId: 'vdc-1', command: 'c', status, createdAt: at(0), createdBy: '', modifiedAt: at(revision), revision: String(revision), ...more }
}

/** A write that made `after` of the task; without `to`, its deletion. */
function write(after: Task, { kind = 'UPDATED', matches = true, isGone = false } = {}): WatchAnswer {
  const event: TaskEvent = { revision: after.revision, at: after.modifiedAt, taskId: after.id, kind, ...(isGone ? {} : { to: after.status }) }
  return { revision: after.revision, event, task: after, matches }
}

const BOOKMARK: WatchAnswer = { revision: '99' }

describe('the board', () => {
  const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id)
  const { board, revision } = boardOf([
    { tasks: [task('a', 3), task('b', 4, { status: 'PENDING' })], revision: '7' },
    { tasks: [task('a', 2, { status: 'PENDING' })], revision: '5' },
  ])

  test('knows each task as it was written last, and goes on from the earliest list', () => {
    expect(ids(running(board))).toEqual(['a'])
    expect(ids(waiting(board))).toEqual(['b'])
    expect(revision).toBe('5')
  })

  test('changes with what happens, and not with what it knows', () => {
    const next = afterAnswers(board, [
      write(task('a', 8, { status: 'FAILED', endedAt: at(8) })),
      write(task('b', 4)),
      write(task('n', 9, { startedAt: at(9) })),
      BOOKMARK,
    ])
    expect([ids(running(next)), ids(waiting(next)), ids(failed(next))]).toEqual([['n'], ['b'], ['a']])
    expect(ids(running(board))).toEqual(['a'])
  })

  test('forgets what was deleted', () => {
    expect(afterAnswers(board, [write(task('b', 9), { kind: 'DELETED', isGone: true })]).has('b')).toBe(false)
  })

  test('forgets what ended longest ago when it is full, and nothing that lives', () => {
    let full: Board = boardOf([{ tasks: [task('alive', 1)] }]).board
    const ended = Array.from({ length: 2500 }, (_, i) => write(task(`t${i}`, i + 2, { status: 'SUCCEEDED', endedAt: at(i) })))
    full = afterAnswers(full, ended)
    expect(full.size).toBe(2000)
    expect([full.has('alive'), full.has('t2499'), full.has('t0')]).toEqual([true, true, false])
  })
})

describe('a page of the list', () => {
  const page = { tasks: [task('b', 2), task('a', 1)], newer: 0 }

  test('shows its tasks as they are now, without those that no longer match', () => {
    const next = pageAfter(page, [write(task('a', 5, { status: 'PAUSED' })), write(task('b', 6), { matches: false })], true)
    expect(next.tasks).toEqual([task('a', 5, { status: 'PAUSED' })])
  })

  test('takes what is new at its top, and loses nothing at its end', () => {
    const next = pageAfter(page, [write(task('c', 3)), write(task('d', 4)), write(task('e', 5))], true)
    expect(next.tasks.map(({ id }) => id)).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  test('only counts what is new once it is full', () => {
    const many = Array.from({ length: 2500 }, (_, i) => write(task(`t${i}`, i + 3), { kind: 'CREATED' }))
    const next = pageAfter(page, many, true)
    expect([next.tasks.length, next.newer, next.tasks.at(-1)?.id]).toEqual([2000, 502, 'a'])
  })

  test('only counts what is new where it has no place', () => {
    const next = pageAfter(page, [write(task('c', 3), { kind: 'CREATED' }), write(task('d', 4))], false)
    expect(next).toEqual({ tasks: page.tasks, newer: 1 })
  })

  test('drops what came and went', () => {
    expect(pageAfter(page, [write(task('c', 3)), write(task('c', 4), { matches: false })], true).tasks).toEqual(page.tasks)
  })
})

describe('a family', () => {
  const part = (id: string, revision: number, more: Partial<Task> = {}): Task => task(id, revision, { parentTaskId: 'root', ...more })
  const family = withParts(withParts(new Map(), 'root', [part('late', 2, { orderHint: 2 }), part('early', 3, { orderHint: 1 })]), 'early', [
    task('deep', 4, { parentTaskId: 'early' }),
  ])

  test('stands as a tree, in its order', () => {
    expect(branches(family, 'root').map(({ task: { id }, depth, isOpen }) => [id, depth, isOpen])).toEqual([
      ['early', 1, true],
      ['deep', 2, false],
      ['late', 1, false],
    ])
  })

  test('takes parts in, changes them, and lets them go; what has not been looked at is left alone', () => {
    const next = familyAfter(family, [
      write(part('new', 5)),
      write(part('late', 6, { status: 'FAILED', orderHint: 2 })),
      write(part('early', 1, { status: 'PENDING' })),
      write(task('deep', 7, { parentTaskId: 'early' }), { kind: 'DELETED', isGone: true }),
      write(task('stranger', 8, { parentTaskId: 'late' })),
    ])
    expect(branches(next, 'root').map(({ task: { id, status } }) => `${id} ${status}`)).toEqual(['new RUNNING', 'early RUNNING', 'late FAILED'])
  })
})

describe('a history', () => {
  const event = (revision: number, kind: string): TaskEvent => ({ revision: String(revision), at: at(revision), taskId: 't', kind })
  const events = [event(1, 'CREATED'), event(4, 'UPDATED'), event(9, 'UPDATED'), event(10, 'FAILED')]

  test('folds updates in a row, and says how long each chapter took', () => {
    expect(chapters(events).map(({ event: { kind, revision }, count, afterMs }) => [kind, revision, count, afterMs])).toEqual([
      ['CREATED', '1', 1, undefined],
      ['UPDATED', '9', 2, 8000],
      ['FAILED', '10', 1, 1000],
    ])
  })

  test('takes each event once', () => {
    expect(eventsAfter(events.slice(0, 2), [event(4, 'UPDATED'), event(9, 'UPDATED'), event(10, 'FAILED')])).toEqual(events)
  })
})

describe('a task that is looked at', () => {
  const state: TaskState = { task: task('a', 3), seenAt: 0, isDeleted: false, family: withParts(new Map(), 'a', []), events: [] }

  test('is the same object after what happened to others, so that a busy instance draws nothing anew', () => {
    expect(stateAfter(state, [write(task('b', 9)), write(task('c', 10, { parentTaskId: 'b' })), BOOKMARK])).toBe(state)
    expect(stateAfter(state, [write(task('c', 10, { parentTaskId: 'a' }))])).not.toBe(state)
  })

  test('is what was written last, and stays to be seen when it is deleted', () => {
    const ended = stateAfter(state, [write(task('a', 4, { status: 'FAILED' })), write(task('a', 5, { status: 'FAILED' }), { kind: 'DELETED', isGone: true })])
    expect([ended.task.revision, ended.isDeleted, ended.events.length]).toEqual(['4', true, 2])
  })

  test('takes from a look what is not older', () => {
    expect(stateSeen(state, task('a', 2), 7)).toEqual({ ...state, seenAt: 7 })
    expect(stateSeen(state, task('a', 4), 7).task.revision).toBe('4')
  })

  test('keeps a bounded history', () => {
    const many = Array.from({ length: 5100 }, (_, i) => write(task('a', i + 4)))
    const { events } = stateAfter(state, many)
    expect([events.length, events.at(-1)?.revision]).toEqual([5000, '5103'])
  })
})
