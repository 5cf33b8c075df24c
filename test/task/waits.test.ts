// Waiting for the end of a task, and what thousands who wait cost.
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { nextTick } from 'node:process'
import { beforeEach, describe, expect, test } from 'vitest'
import { WATCH_LIMITS } from '../../src/limits.js'
import type { TaskId } from '../../src/task/identifiers.js'
import { TaskService } from '../../src/task/task-service.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { counted, type Calls } from '../support/counted-store.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { complete, create, decode, INSTANCE, lease, progress, remove, renew, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)
const LONG = 60_000
let store: ClockedStore
let calls: Calls
let tasks: TaskService

beforeEach(async () => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const counting = counted(store)
  calls = counting.calls
  tasks = new TaskService({ store: counting.store, now: () => new Date(), report: (error) => expect.fail(String(error)) })
  await store.write(create('a'))
  await store.write(start('a'))
})

async function wait(id: string, ms: number, signal = NEVER): Promise<string> {
  return tasks.wait({ instance: INSTANCE, taskId: id as TaskId }, ms, signal).then(
    (task) => decode(task).status,
    (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).message,
  )
}

/** Lets everything go on that waits for nothing from outside; no time is over before the test waits for something itself. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => nextTick(resolve))
}

describe('a wait', () => {
  test('answers at once when the task has ended', async () => {
    await store.write(complete('a'))
    expect(await wait('a', LONG)).toBe('SUCCEEDED')
  })

  test('answers when the task ends', async () => {
    const waiting = wait('a', LONG)
    await new Promise(setImmediate)
    await store.write(progress('a', 50))
    await store.write(complete('a'))
    expect(await waiting).toBe('SUCCEEDED')
  })

  test.each([0, 1, 30])('answers the task as it is after %i ms', async (ms) => {
    expect(await wait('a', ms)).toBe('RUNNING')
  })

  test('answers the task as it is then, not as it was when it began', async () => {
    const first = tasks.wait({ instance: INSTANCE, taskId: 'a' as TaskId }, 50, NEVER)
    await settled()
    expect(calls.get).toBe(1)
    await store.write(progress('a', 50))
    expect(decode(await first).progressPercent).toBe(50)
  })

  test('answers with the lease of now, read once for all whose time is over', async () => {
    await store.write(create('b', {}, { lease: lease(10_000) }))
    await store.write(start('b'))
    const waiting = Array.from({ length: 100 }, () => tasks.wait({ instance: INSTANCE, taskId: 'b' as TaskId }, 50, NEVER))
    await settled()
    expect(calls.get).toBe(1)
    await store.advance(5000)
    await store.write(renew('b'))
    for (const task of await Promise.all(waiting)) expect(decode(task).lease?.expiresAt?.getTime()).toBe(store.now + 10_000)
    expect(calls.get).toBeLessThan(20)
  })

  test('says what is known of a task that is not there', async () => {
    expect(await wait('missing', LONG)).toBe('TASK_NOT_FOUND')
    await store.write(complete('a'))
    await store.write(remove('a'))
    expect(await wait('a', LONG)).toBe('TASK_DELETED')
  })

  test('ends when the task is deleted', async () => {
    await store.write(create('b'))
    const waiting = wait('b', LONG)
    await new Promise(setImmediate)
    await store.write(remove('b'))
    expect(await waiting).toBe('TASK_DELETED')
  })

  test('ends with its caller, and leaves nothing behind', async () => {
    const left = new AbortController()
    const waiting = wait('a', LONG, left.signal)
    await new Promise(setImmediate)
    left.abort(new Error('left'))
    expect(await waiting).toBe('left')
    expect(await wait('a', LONG, left.signal)).toBe('left')
    expect(tasks.load).toEqual({ waiters: 0, watchers: 0 })
  })
})

describe('thousands who wait for one task', () => {
  test('cost one read, and are all answered', async () => {
    const { waiters } = WATCH_LIMITS
    smallerLimits(WATCH_LIMITS, { tenantWaiters: waiters })
    const waiting = Array.from({ length: waiters }, () => wait('a', LONG))
    expect(await wait('a', LONG)).toBe('TOO_MANY_WAITING')
    await new Promise(setImmediate)
    expect(tasks.load.waiters).toBe(waiters)
    const began = performance.now()
    await store.write(complete('a'))
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['SUCCEEDED']))
    expect(performance.now() - began).toBeLessThan(5000)
    expect(calls).toMatchObject({ get: 1, history: 1 })
    expect(calls.events ?? 0).toBeLessThanOrEqual(2)
    expect(tasks.load.waiters).toBe(0)
  })

  test('still share a read when others have just left', async () => {
    const left = new AbortController()
    const first = wait('a', LONG, left.signal)
    await new Promise(setImmediate)
    left.abort(new Error('left'))
    const waiting = [wait('a', LONG)]
    await first
    await new Promise(setImmediate)
    waiting.push(...Array.from({ length: 100 }, () => wait('a', LONG)))
    await new Promise(setImmediate)
    expect(calls.get).toBe(2)
    await store.write(complete('a'))
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['SUCCEEDED']))
  })
})
