import { expect, test } from 'vitest'
import { STORE_LIMITS } from '../../src/limits.js'
import { purgeAll } from '../../src/task/purge-all.js'
import type { PurgeCount } from '../../src/task/task-store.js'

/** A store with so many rows past their time, and how often it was purged. */
class Rows {
  passes = 0
  private requests: number
  private events: number
  private tasks: number

  constructor(requests: number, events: number, tasks: number) {
    this.requests = requests
    this.events = events
    this.tasks = tasks
  }

  purge(): Promise<PurgeCount> {
    this.passes += 1
    const most = STORE_LIMITS.purgeRows
    const count = { requests: Math.min(this.requests, most), events: Math.min(this.events, most), tasks: Math.min(this.tasks, most) }
    this.requests -= count.requests
    this.events -= count.events
    this.tasks -= count.tasks
    return Promise.resolve(count)
  }
}

test.each([
  [0, 0, 0, 1],
  [STORE_LIMITS.purgeRows - 1, 5, 5, 1],
  [5, STORE_LIMITS.purgeRows, 0, 2],
  [STORE_LIMITS.purgeRows, 0, 0, 2],
  [0, 0, STORE_LIMITS.purgeRows, 2],
  [100, 600_000, 100, 601],
])('%i requests, %i events and %i tasks take %i passes', async (...[requests, events, tasks, passes]) => {
  const rows = new Rows(requests, events, tasks)
  await purgeAll(rows, new AbortController().signal)
  expect(rows.passes).toBe(passes)
})

test('ends with its signal', async () => {
  const ended = new AbortController()
  const endless = {
    passes: 0,
    purge(): Promise<PurgeCount> {
      this.passes += 1
      if (this.passes === 3) ended.abort()
      return Promise.resolve({ requests: STORE_LIMITS.purgeRows, events: 0, tasks: 0 })
    },
  }
  await purgeAll(endless, ended.signal)
  expect(endless.passes).toBe(3)
})
