// The store looks for what is due by itself: a lease lapses in [ttl, ttl + 10 s], once, and followers hear of it.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LEASE_LIMITS } from '../../../src/limits.js'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import { TaskService } from '../../../src/task/task-service.js'
import { create, decode, INSTANCE, lease, renew, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const TTL = LEASE_LIMITS.ttlMinMs
/** Milliseconds between two renewals: fewer than those of owners, so that a test that stalls between them loses no lease. */
const BEAT = TTL / LEASE_LIMITS.heartbeatsPerTtl / 8

test('a silent owner is lost in time, one that renews is not', async () => {
  const fail = (error: unknown): never => {
    throw error
  }
  const store = openSqliteStore({ path: join(temporaryDirectory(), 'tasks.db'), makeDirectory: false, onFailure: fail, onDeath: fail })
  const tasks = new TaskService({ store, now: () => new Date(), report: fail })
  // The one that renews begins first: without its renewals it would be lost no later than the other one.
  for (const id of ['alive', 'silent']) {
    await store.write(create(id, {}, { lease: lease(TTL) }))
    await store.write(start(id))
  }
  const beating = setInterval(() => void store.write(renew('alive')).catch(() => undefined), BEAT)
  const lost = decode(await tasks.wait({ instance: INSTANCE, taskId: 'silent' as TaskId }, 20_000, new AbortController().signal))
  clearInterval(beating)
  expect(lost).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST' })
  const lived = (lost.endedAt?.getTime() ?? 0) - (lost.startedAt?.getTime() ?? 0)
  expect(lived).toBeGreaterThanOrEqual(TTL)
  expect(lived).toBeLessThanOrEqual(TTL + 10_000)
  const alive = await store.get(INSTANCE, 'alive' as TaskId)
  expect(alive && decode(alive).status).toBe('RUNNING')
  const events = await store.events(INSTANCE, { taskId: 'silent' as TaskId, after: 0n, limit: 10 })
  expect(events.map(({ event }) => event.kind)).toEqual(['CREATED', 'STARTED', 'FAILED'])
  await store.close()
})
