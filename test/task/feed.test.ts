// What a follower holds: little, however far it has fallen behind.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TASK_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import { Feed } from '../../src/task/feed.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { create, INSTANCE } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let store: ClockedStore

beforeEach(() => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
})

afterEach(() => store.close())

test('who is near the head takes as little at once, however much is kept', async () => {
  const feed = new Feed(store, (error) => expect.fail(String(error)))
  const subscription = await feed.subscribe(INSTANCE)
  const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(WATCH_LIMITS.catchUpBytes / 4) }
  const count = WATCH_LIMITS.recentBytes / WATCH_LIMITS.catchUpBytes
  for (let index = 0; index < count; index += 1) await store.write(create(`t${index}`, { metadata }))
  await expect.poll(() => subscription.head).toBe(BigInt(count))
  const seen: bigint[] = []
  for (let after = 0n; after < subscription.head; after = seen.at(-1) ?? after) {
    const events = await subscription.read(after)
    expect(events.length).toBeLessThanOrEqual(3)
    seen.push(...events.map(({ revision }) => revision))
  }
  expect(seen).toEqual(Array.from({ length: count }, (_, index) => BigInt(index + 1)))
  subscription.close()
})

test('who has fallen behind reads a little at a time, in turns with everything else', async () => {
  const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(TASK_LIMITS.payloadBytes - 100) }
  for (let index = 0; index < 8; index += 1) await store.write(create(`t${index}`, { metadata }))
  const feed = new Feed(store, (error) => expect.fail(String(error)))
  const subscription = await feed.subscribe(INSTANCE)
  const seen: bigint[] = []
  for (let after = 0n; after < subscription.head; after = seen.at(-1) ?? after) {
    let isTurn = false
    setImmediate(() => (isTurn = true))
    const events = await subscription.read(after)
    expect(isTurn).toBe(true)
    const bytes = events.reduce((sum, { encoded }) => sum + encoded.length, 0)
    expect(bytes).toBeLessThanOrEqual(WATCH_LIMITS.catchUpBytes + TASK_LIMITS.payloadBytes * 2)
    seen.push(...events.map(({ revision }) => revision))
  }
  expect(seen).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])
  subscription.close()
})
