// Hints for those who poll: the load of the whole server is in them.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PollAdvice } from '../../src/api/poll-advice.js'
import { ANONYMOUS } from '../../src/auth/anonymous.js'
import { POLL_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import type { TaskKey } from '../../src/task/task-key.js'
import { TaskService } from '../../src/task/task-service.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { create, decode, INSTANCE, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let store: ClockedStore
let tasks: TaskService

beforeEach(() => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  tasks = new TaskService({ store, now: () => new Date(store.now), report: (error) => expect.fail(String(error)) })
})

afterEach(() => store.close())

/** The hint for a task that has run for 50 seconds. */
async function hint(load: number): Promise<number> {
  const { encoded, revision } = await tasks.get({ instance: INSTANCE, taskId: 'a' } as TaskKey)
  let hinted = 0
  const context = { caller: ANONYMOUS, signal: new AbortController().signal, enteredAt: 0, deadline: Infinity, accepted: () => undefined }
  new PollAdvice(tasks, '').again(decode({ encoded, revision }), { ...context, load, pollAgain: (ms) => (hinted = ms) })
  return hinted
}

const UNSPREAD = 1 - POLL_LIMITS.spreadPercent / 100

test('those who poll stay away longer while many call or wait', async () => {
  await store.write(create('a'))
  await store.write(start('a'))
  await store.advance(50_000)
  expect(await hint(0)).toBeLessThanOrEqual(5000)
  expect(await hint(1)).toBeGreaterThanOrEqual(5000 * POLL_LIMITS.busyStretch * UNSPREAD)
  smallerLimits(WATCH_LIMITS, { waiters: 1 })
  const leave = new AbortController()
  const waiting = tasks.wait({ instance: INSTANCE, taskId: 'a' } as TaskKey, 10_000, leave.signal)
  expect(await hint(0)).toBeGreaterThanOrEqual(5000 * POLL_LIMITS.busyStretch * UNSPREAD)
  leave.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(await hint(0)).toBeLessThanOrEqual(5000)
})
