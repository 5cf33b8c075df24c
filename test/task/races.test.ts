// Races with one winner: whatever ends a task, it ends once.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LEASE_LIMITS } from '../../src/limits.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { TaskId } from '../../src/task/identifiers.js'
import type { TaskChange } from '../../src/task/task-change.js'
import type { TaskError } from '../../src/task/task-error.js'
import type { TaskStore } from '../../src/task/task-store.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { acknowledge, ask, complete, create, decode, fail, INSTANCE, lease, remove, start, TOKEN } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const ROUNDS = 500
const TTL = LEASE_LIMITS.ttlMinMs
const ENDS = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED'])
const LOST = new Set(['LEASE_LOST', 'STATUS_NOT_ALLOWED', 'TASK_NOT_FOUND'])

/** All of `list` in an order of their own. */
function shuffled<T>(list: readonly T[]): T[] {
  return list.map((item) => [Math.random(), item] as const).toSorted(([a], [b]) => a - b).map(([, item]) => item)
}

/** Checks that `id` ended once, and that everybody but the winner was told so. */
async function checkEnd(store: TaskStore, id: string, reasons: readonly string[]): Promise<void> {
  for (const reason of reasons) expect(reason === 'OK' || LOST.has(reason), reason).toBe(true)
  const events = (await store.events(INSTANCE, { taskId: id as TaskId, after: 0n, limit: 100 })).map(({ event }) => event)
  const ends = events.filter(({ to }) => ENDS.has(to))
  expect(ends).toHaveLength(1)
  expect(events.filter(({ kind }) => kind === 'DELETED').length).toBeLessThanOrEqual(1)
  expect(events.map(({ from }) => from).slice(1)).toEqual(events.map(({ to }) => to).slice(0, -1))
  const task = await store.get(INSTANCE, id as TaskId)
  if (task === undefined) expect(events.at(-1)?.kind).toBe('DELETED')
  else expect(decode(task)).toMatchObject({ status: ends[0]?.to, revision: events.at(-1)?.revision, lease: undefined })
}

async function race(store: TaskStore, runners: readonly TaskChange[], during: () => Promise<void> = () => Promise.resolve()): Promise<string[]> {
  const racing = shuffled([...runners.map((write) => () => store.write(write)), during])
  const outcomes = await Promise.allSettled(racing.map((run) => run()))
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'OK' : (outcome.reason as TaskError).reason))
}

test(`complete, fail, cancel, delete and expiry: ${ROUNDS} rounds, one end each`, async () => {
  const store: ClockedStore = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `t${round}`
    await store.write(create(id, { cancelSupported: true }, { lease: lease(TTL) }))
    await store.write(start(id))
    const runners = [complete(id, TOKEN), fail(id, TOKEN), ask('cancel', id), acknowledge('acknowledgeCancel', id, TOKEN), remove(id)]
    const reasons = await race(store, runners, () => store.advance(TTL))
    await checkEnd(store, id, reasons)
  }
  await store.close()
})

test(`complete, fail, cancel and delete of many callers: ${ROUNDS} rounds, one end each`, async () => {
  const thrown = (error: Error): never => {
    throw error
  }
  const path = join(temporaryDirectory(), 'tasks.db')
  const store = openSqliteStore({ path, makeDirectory: false, onFailure: thrown, onDeath: thrown })
  for (let round = 0; round < ROUNDS; round += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const id = `t${round + index}`
        await store.write(create(id, { cancelSupported: true }, { lease: lease(TTL) }))
        await store.write(start(id))
        const ends = [complete(id, TOKEN), complete(id, TOKEN), fail(id, TOKEN), acknowledge('acknowledgeCancel', id, TOKEN)]
        const reasons = await race(store, [...ends, ask('cancel', id), ask('cancel', id), remove(id), remove(id)])
        await checkEnd(store, id, reasons)
      }),
    )
  }
  await store.close()
})

test(`a start of two owners, ${ROUNDS} rounds: one of them has the lease`, async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `t${round}`
    await store.write(create(id, {}, { lease: lease(TTL, 2) }))
    const tokens = ['token-of-the-first', 'token-of-the-second', 'token-of-the-third']
    const outcomes = await Promise.allSettled(shuffled(tokens).map((token) => store.write(start(id, {}, token))))
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.leaseToken] : []))
    expect(won).toHaveLength(1)
    for (const token of tokens) {
      const renewal = store.write({ ...start(id), change: { kind: 'renew', token } })
      if (token === won[0]) await renewal
      else await expect(renewal).rejects.toMatchObject({ reason: 'LEASE_LOST' })
    }
  }
  await store.close()
})
