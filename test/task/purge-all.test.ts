import { expect, test } from 'vitest'
import { STORE_LIMITS } from '../../src/limits.js'
import { purgeAll } from '../../src/task/purge-all.js'
import type { PurgeCount } from '../../src/task/task-store.js'

/** A store with so many rows past their time, and how often it was purged. */
class Rows {
  passes = 0
  private requests: number
  private events: number

  constructor(requests: number, events: number) {
    this.requests = requests
    this.events = events
  }

  purge(): Promise<PurgeCount> {
    this.passes += 1
    const count = { requests: Math.min(this.requests, STORE_LIMITS.purgeRows), events: Math.min(this.events, STORE_LIMITS.purgeRows) }
    this.requests -= count.requests
    this.events -= count.events
    return Promise.resolve(count)
  }
}

test.each([
  [0, 0, 1],
  [STORE_LIMITS.purgeRows - 1, 5, 1],
  [5, STORE_LIMITS.purgeRows, 2],
  [STORE_LIMITS.purgeRows, 0, 2],
  [100, 600_000, 601],
])('%i requests and %i events take %i passes', async (requests, events, passes) => {
  const rows = new Rows(requests, events)
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
      return Promise.resolve({ requests: STORE_LIMITS.purgeRows, events: 0 })
    },
  }
  await purgeAll(endless, ended.signal)
  expect(endless.passes).toBe(3)
})
