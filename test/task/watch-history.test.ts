// Watchers under writers, cut and resumed at random: what each has seen is checked against the log of the store.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { WATCH_LIMITS } from '../../src/limits.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Filter } from '../../src/task/filter.js'
import { matches } from '../../src/task/filter-match.js'
import { parseFilter } from '../../src/task/filter-parser.js'
import type { TaskId } from '../../src/task/identifiers.js'
import { TaskService } from '../../src/task/task-service.js'
import type { StoredEvent, TaskStore } from '../../src/task/task-store.js'
import type { WatchAnswer } from '../../src/task/watch.js'
import { violations, WatchHistory } from '../support/history.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { ask, change, complete, create, fail, INSTANCE, OTHER_INSTANCE, progress, query, remove, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const WRITERS = 8
const WRITES = 1500
const TASKS = 25
const SIGNAL = new AbortController().signal

interface Watcher {
  readonly taskId: TaskId | undefined
  readonly filter: Filter | undefined
  readonly history: WatchHistory
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!
}

/** A task is made anew by one writer only, and changed by all. */
async function write(store: TaskStore, writer: number): Promise<void> {
  for (let count = 0; count < WRITES; count += 1) {
    const number = Math.floor(Math.random() * TASKS)
    const id = `t${number}`
    const there = await store.get(INSTANCE, id as TaskId)
    const labels = { env: pick(['prod', 'test']) }
    const relabel = change(id, { kind: 'update', token: '', patch: { fields: {}, labels, resource: {} } })
    const writes = [start(id), complete(id), fail(id), ask('cancel', id), remove(id), remove(id), progress(id, count % 100), relabel, relabel]
    if (there === undefined && number % WRITERS !== writer) continue
    const made = there === undefined ? create(id, { labels, cancelSupported: true }) : pick(writes)
    // Most are refused by what others have done meanwhile.
    await store.write(made).catch(() => undefined)
    if (count % 20 === 0) await store.write(create(`x${Math.random()}`, {}, { instance: OTHER_INSTANCE }))
  }
}

function responseOf(answer: WatchAnswer): WatchTasksResponse {
  if (answer.kind === 'bookmark') return WatchTasksResponse.create({ revision: answer.revision })
  if (answer.kind === 'task') return WatchTasksResponse.create({ task: Task.decode(answer.encoded), matches: true })
  const { revision, event, encoded } = answer.event
  return WatchTasksResponse.create({ revision, event, task: Task.decode(encoded), matches: answer.matches })
}

/** Follows until the end of the log once `isOver`, in streams that are cut at random. */
async function follow(tasks: TaskService, store: TaskStore, watcher: Watcher, isOver: () => boolean): Promise<void> {
  const { history, taskId, filter } = watcher
  for (;;) {
    const cut = new AbortController()
    const answersLeft = isOver() ? Infinity : Math.random() * 40
    history.begin()
    const { position } = history
    const stream = tasks.watch({ instance: INSTANCE, taskId, filter, after: position, snapshot: position === undefined }, cut.signal)
    let count = 0
    try {
      for await (const answer of stream) {
        history.see(responseOf(answer))
        const { head } = await store.history(INSTANCE)
        if (isOver() && (history.position ?? -1n) >= head) return
        count += 1
        if (count > answersLeft && Math.random() < 0.5) break
        if (count > answersLeft) cut.abort(new Error('cut'))
        if (Math.random() < 0.02) await new Promise(setImmediate)
      }
    } catch (error) {
      expect(error).toMatchObject({ message: 'cut' })
    }
  }
}

async function truthOf(store: TaskStore): Promise<StoredEvent[]> {
  const truth: StoredEvent[] = []
  for (;;) {
    const page = await store.events(INSTANCE, { taskId: undefined, after: truth.at(-1)?.revision ?? 0n, limit: 1000 })
    if (page.length === 0) return truth
    truth.push(...page)
  }
}

function concerns({ taskId, filter }: Watcher, truth: readonly StoredEvent[]): (event: StoredEvent) => boolean {
  const at = new Map(truth.map((event) => [event.revision, event]))
  const isIn = (event: StoredEvent | undefined): boolean =>
    event !== undefined && event.event.to !== 'STATUS_UNSPECIFIED' && (filter === undefined || matches(filter, Task.decode(event.encoded)))
  return (event) => {
    if (taskId !== undefined && event.taskId !== taskId) return false
    return filter === undefined || isIn(event) || isIn(at.get(event.previousRevision ?? 0n))
  }
}

test(`${WRITERS} writers and 40 watchers: no promise is broken`, { timeout: 60_000 }, async () => {
  // So that bookmarks come, and watchers fall behind what is kept in memory.
  smallerLimits(WATCH_LIMITS, { bookmarkMs: 20, recentEvents: 30, readEvents: 7 })
  const thrown = (error: unknown): never => {
    throw error
  }
  const path = join(temporaryDirectory(), 'tasks.db')
  const store = openSqliteStore({ path, makeDirectory: false, onFailure: thrown, onDeath: thrown })
  const tasks = new TaskService({ store, now: () => new Date(), report: thrown })
  let isOver = false
  const writers = Array.from({ length: WRITERS }, (_, writer) => write(store, writer))
  const kinds: Pick<Watcher, 'taskId' | 'filter'>[] = [
    { taskId: undefined, filter: undefined },
    { taskId: 't1' as TaskId, filter: undefined },
    { taskId: undefined, filter: parseFilter('labels.env = prod') },
    { taskId: undefined, filter: parseFilter('status = RUNNING OR status = CANCELLING') },
    { taskId: 't2' as TaskId, filter: parseFilter('labels.env = prod') },
  ]
  const watchers = Array.from({ length: 8 }, (_, index) => kinds.map((kind) => ({ ...kind, history: new WatchHistory(index % 2 === 0 ? 0n : undefined) }))).flat()
  const following = watchers.map((watcher) => follow(tasks, store, watcher, () => isOver))
  await Promise.all(writers)
  isOver = true
  await Promise.all(following)
  expect(tasks.load).toEqual({ waiters: 0, watchers: 0 })

  const truth = await truthOf(store)
  expect(truth.map(({ revision }) => revision)).toEqual(truth.map((_, index) => BigInt(index + 1)))
  const { tasks: left } = await store.list(INSTANCE, query({ limit: 1000 }), SIGNAL)
  const final = left.map((encoded) => Task.decode(encoded))
  for (const watcher of watchers) {
    const { taskId, filter, history } = watcher
    const mine = final.filter((task) => (taskId === undefined || task.id === taskId) && (filter === undefined || matches(filter, task)))
    const table = new Map(mine.map((task) => [task.id, task]))
    expect(violations(history, { truth, concerns: concerns(watcher, truth), table })).toEqual([])
  }
  expect(watchers.some(({ history }) => history.streams.length > 5)).toBe(true)
  expect(watchers.some(({ history }) => history.answers.some(({ event, task }) => event === undefined && task === undefined))).toBe(true)
  await store.close()
})
