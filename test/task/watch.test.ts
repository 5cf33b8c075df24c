// What a watch does at its edges: revisions that are gone or still to come, silence, its end, and one task of many.
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { shuttingDown } from '../../src/api/dispatcher.js'
import { CALL_LIMITS, STORE_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import { parseFilter } from '../../src/task/filter-parser.js'
import type { TaskId } from '../../src/task/identifiers.js'
import { TaskService } from '../../src/task/task-service.js'
import type { WatchAnswer, WatchRequest } from '../../src/task/watch.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { counted, type Calls } from '../support/counted-store.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { create, INSTANCE, OTHER_INSTANCE, progress, remove, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let store: ClockedStore
let calls: Calls
let tasks: TaskService

beforeEach(() => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const counting = counted(store)
  calls = counting.calls
  tasks = new TaskService({ store: counting.store, now: () => new Date(), report: (error) => expect.fail(String(error)) })
})

type WatchStream = AsyncGenerator<WatchAnswer>

function watch(more: Partial<WatchRequest> = {}, signal = new AbortController().signal): WatchStream {
  return tasks.watch({ instance: INSTANCE, taskId: undefined, filter: undefined, after: undefined, snapshot: false, ...more }, signal)
}

async function next(stream: AsyncGenerator<WatchAnswer>): Promise<string> {
  const { value } = (await stream.next()) as IteratorYieldResult<WatchAnswer>
  if (value.kind === 'task') return 'task'
  if (value.kind === 'bookmark') return `bookmark ${value.revision}`
  return `${value.event.revision} ${value.event.event.kind}${value.matches ? '' : ' gone'}`
}

async function take(stream: AsyncGenerator<WatchAnswer>, count: number): Promise<string[]> {
  const answers: string[] = []
  while (answers.length < count) answers.push(await next(stream))
  return answers
}

test.each([
  ['one instance', { tenantWatchers: 2 }, [INSTANCE, INSTANCE, INSTANCE], 'TOO_MANY_WAITING'],
  ['one instance, beside another', { tenantWatchers: 2 }, [INSTANCE, INSTANCE, OTHER_INSTANCE], undefined],
  ['all instances', { watchers: 2 }, [INSTANCE, OTHER_INSTANCE, INSTANCE], 'TOO_MANY_WAITING'],
])('watches of %s have so many places, and make room when they end', async (_name, limits, instances, reason) => {
  smallerLimits(WATCH_LIMITS, limits)
  const [first, second, third] = instances.map((instance) => watch({ instance })) as [WatchStream, WatchStream, WatchStream]
  for (const stream of [first, second]) expect(await next(stream)).toBe('bookmark 0')
  const begun = next(third)
  if (reason === undefined) expect(await begun).toBe('bookmark 0')
  else await expect(begun).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason, details: { retryDelayMs: CALL_LIMITS.retryDelayMs } })
  await first.return(undefined)
  const again = watch({ instance: instances[0]! })
  expect(await next(again)).toBe('bookmark 0')
  for (const stream of [second, third, again]) await stream.return(undefined)
})

describe('where a watch begins', () => {
  test.each([
    [0n, 3n],
    [1n, 3n],
    [3n, 3n],
  ])('after %i of %i: what follows, and what comes', async (after, head) => {
    for (const write of [create('a'), start('a'), progress('a', 1)]) await store.write(write)
    const stream = watch({ after })
    const kinds = ['1 CREATED', '2 STARTED', '3 UPDATED']
    expect(await take(stream, Number(head - after))).toEqual(kinds.slice(Number(after)))
    const coming = next(stream)
    await store.write(progress('a', 2))
    expect(await coming).toBe('4 UPDATED')
    await stream.return(undefined)
  })

  test('now, when nothing is said', async () => {
    await store.write(create('a'))
    const stream = watch()
    expect(await next(stream)).toBe('bookmark 1')
    const coming = next(stream)
    await store.write(create('b'))
    expect(await coming).toBe('2 CREATED')
    await stream.return(undefined)
  })

  test.each([-1n, 2n, 100n])('not at %i, which is still to come or never was', async (after) => {
    await store.write(create('a'))
    await expect(watch({ after }).next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' })
    expect(tasks.load.watchers).toBe(0)
  })

  test('not where the history is gone: it says from where it can', async () => {
    await store.write(create('a'))
    await store.write(create('b'))
    await store.advance(STORE_LIMITS.historyMs + 1)
    await store.write(create('c'))
    await store.purge()
    for (const after of [0n, 1n]) {
      await expect(watch({ after }).next()).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
        reason: 'REVISION_PURGED',
        details: { metadata: { oldestRevision: '2' } },
      })
    }
    const stream = watch({ after: 2n })
    expect(await next(stream)).toBe('3 CREATED')
    await stream.return(undefined)
  })

  test.each([STORE_LIMITS.historyMs + 1, 0])('not on, when the purge was faster than its reader: the rest is %i ms younger', async (younger) => {
    smallerLimits(WATCH_LIMITS, { recentEvents: 1, readEvents: 2 })
    for (const id of ['a', 'b', 'c', 'd']) await store.write(create(id))
    const stream = watch({ after: 0n })
    expect(await take(stream, 2)).toEqual(['1 CREATED', '2 CREATED'])
    await store.advance(younger)
    await store.write(create('e'))
    if (younger === 0) await store.advance(STORE_LIMITS.historyMs + 1)
    await store.purge()
    await expect(stream.next()).rejects.toMatchObject({ code: 'OUT_OF_RANGE', reason: 'REVISION_PURGED' })
  })
})

describe('a snapshot', () => {
  test('shows what is there, then a bookmark, then what follows', async () => {
    for (const write of [create('a'), create('b'), start('a')]) await store.write(write)
    const stream = watch({ snapshot: true })
    expect(await take(stream, 3)).toEqual(['task', 'task', 'bookmark 3'])
    const coming = next(stream)
    await store.write(remove('b'))
    expect(await coming).toBe('4 DELETED gone')
    await stream.return(undefined)
  })

  test('of nothing is a bookmark', async () => {
    const stream = watch({ snapshot: true })
    expect(await next(stream)).toBe('bookmark 0')
    await stream.return(undefined)
  })

  test('is left out with a revision: a client that comes back goes on', async () => {
    await store.write(create('a'))
    const stream = watch({ snapshot: true, after: 0n })
    expect(await next(stream)).toBe('1 CREATED')
    await stream.return(undefined)
  })

  test('of one task reads that task only', async () => {
    for (const id of ['a', 'b', 'c']) await store.write(create(id))
    const stream = watch({ snapshot: true, taskId: 'b' as TaskId })
    expect(await take(stream, 2)).toEqual(['task', 'bookmark 3'])
    expect(calls.list).toBeUndefined()
    await stream.return(undefined)
    const other = watch({ snapshot: true, taskId: 'b' as TaskId, filter: parseFilter('status = RUNNING') })
    expect(await next(other)).toBe('bookmark 3')
    await other.return(undefined)
  })
})

describe('a filter', () => {
  test('shows what enters, what stays, and once what leaves', async () => {
    const stream = watch({ after: 0n, filter: parseFilter('status = RUNNING') })
    for (const write of [create('a'), start('a'), progress('a', 1), create('b')]) await store.write(write)
    await store.write({ ...start('a'), change: { kind: 'complete', token: '', response: undefined, outcome: 'CLEAN', statusDetails: [] } })
    await store.write(remove('a'))
    await store.write(start('b'))
    expect(await take(stream, 4)).toEqual(['2 STARTED', '3 UPDATED', '5 SUCCEEDED gone', '7 STARTED'])
    await stream.return(undefined)
  })
})

describe('silence', () => {
  test('is broken by bookmarks that do not move', async () => {
    smallerLimits(WATCH_LIMITS, { bookmarkMs: 20 })
    await store.write(create('a'))
    const stream = watch()
    expect(await take(stream, 2)).toEqual(['bookmark 1', 'bookmark 1'])
    await store.write(create('x', {}, { instance: OTHER_INSTANCE }))
    expect(await next(stream)).toBe('bookmark 1')
    await stream.return(undefined)
  })

  test('of a watcher in a busy instance is broken by bookmarks that move', async () => {
    smallerLimits(WATCH_LIMITS, { bookmarkMs: 20 })
    await store.write(create('a'))
    await store.write(create('busy'))
    const stream = watch({ taskId: 'a' as TaskId })
    const writing = { isOver: false }
    const noise = (async () => {
      for (let count = 0; !writing.isOver; count += 1) {
        await store.write(progress('busy', count % 100))
        await new Promise(setImmediate)
      }
    })()
    const [first, second] = await take(stream, 2)
    writing.isOver = true
    await noise
    const revisions = [first, second].map((text) => Number(text?.replace('bookmark ', '')))
    expect(revisions[0]).toBeGreaterThan(2)
    expect(revisions[1]).toBeGreaterThan(revisions[0] ?? 0)
    await stream.return(undefined)
  })
})

describe('the end of a watch', () => {
  const ended = { code: 'UNAVAILABLE', reason: 'WATCH_ENDED', details: { metadata: { revision: '2' } } }

  test('says where to go on: when the server stops', async () => {
    for (const write of [create('a'), start('a')]) await store.write(write)
    const stop = new AbortController()
    const stream = watch({ after: 0n }, stop.signal)
    await take(stream, 2)
    const waiting = stream.next()
    stop.abort(shuttingDown())
    await expect(waiting).rejects.toMatchObject(ended)
    expect(tasks.load.watchers).toBe(0)
  })

  test('says where to go on: when its reader has stalled', async () => {
    for (const write of [create('a'), start('a'), progress('a', 1)]) await store.write(write)
    const stream = watch({ after: 0n })
    await take(stream, 2)
    await expect(stream.throw(shuttingDown())).rejects.toMatchObject(ended)
  })

  test('says where to go on: when it has lived long enough', async () => {
    smallerLimits(WATCH_LIMITS, { lifeMs: 20 })
    for (const write of [create('a'), start('a')]) await store.write(write)
    const stream = watch({ after: 0n })
    await take(stream, 2)
    await expect(stream.next()).rejects.toMatchObject(ended)
  })

  test('is that of its caller', async () => {
    const left = new AbortController()
    const stream = watch({ after: 0n }, left.signal)
    const waiting = stream.next()
    left.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    expect(tasks.load.watchers).toBe(0)
  })

  test('comes at once when too many watch', async () => {
    smallerLimits(WATCH_LIMITS, { watchers: 3, bookmarkMs: 1 })
    const streams = [watch(), watch(), watch()]
    for (const stream of streams) await stream.next()
    await expect(watch().next()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_WAITING' })
    for (const stream of streams) await stream.return(undefined)
    expect(tasks.load.watchers).toBe(0)
  })
})
