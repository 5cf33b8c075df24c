// What is past its time goes in whole parts, and only when nothing in them is needed any more.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { STORE_LIMITS } from '../../../src/limits.js'
import { LOG_SLOT_MS, LOG_SLOTS } from '../../../src/store/postgres/log-slots.js'
import { openClockedPostgres } from '../../support/clocked-postgres.js'
import type { ClockedStore } from '../../support/clocked-store.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { create, INSTANCE, start } from '../../support/task-changes.js'

const database = suiteDatabase(2)
let store: ClockedStore

beforeEach(async () => {
  store = await openClockedPostgres(database)
})

afterEach(() => store.close())

async function rowsIn(table: string): Promise<number> {
  const [row] = await database.run<{ count: string }>(`SELECT count(*) FROM ${table}`)
  return Number(row?.count)
}

test('a part is emptied once all of it is past its time, and its disk space is given back at once', async () => {
  for (let index = 0; index < 50; index += 1) await store.write(create(`t${index}`, {}, { requestId: `r${index}` }))
  await store.advance(STORE_LIMITS.historyMs)
  await store.purge()
  expect([await rowsIn('task_event'), await rowsIn('create_request')]).toEqual([50, 50])
  await store.advance(LOG_SLOT_MS)
  await store.purge()
  expect([await rowsIn('task_event'), await rowsIn('create_request'), await rowsIn('task')]).toEqual([0, 0, 50])
  const size = "SELECT sum(pg_relation_size(relid))::int AS size FROM pg_partition_tree('task_event')"
  expect(await database.run(size)).toEqual([{ size: 0 }])
})

test('no part is emptied that is still needed, however long the servers write', async () => {
  const kept = Math.ceil(STORE_LIMITS.historyMs / LOG_SLOT_MS)
  for (let slot = 0; slot < 3 * LOG_SLOTS; slot += 1) {
    await store.write(create(`t${slot}`))
    await store.advance(LOG_SLOT_MS)
    await store.purge()
    const { head, oldest } = await store.history(INSTANCE)
    expect(head).toBe(BigInt(slot + 1))
    expect(Number(head - oldest)).toBe(Math.min(slot + 1, kept))
  }
})

test('a part that somebody reads is left for the next time', async () => {
  await store.write(create('a'))
  await store.advance(STORE_LIMITS.historyMs + LOG_SLOT_MS)
  await database.run('BEGIN')
  await database.run('SELECT count(*) FROM task_event')
  await store.purge()
  await database.run('COMMIT')
  expect(await rowsIn('task_event')).toBe(1)
  await store.purge()
  expect(await rowsIn('task_event')).toBe(0)
})

test('a request id can be used again after its time, whether or not its row is there still', async () => {
  await store.write(create('a', {}, { requestId: 'r1' }))
  await store.advance(STORE_LIMITS.requestIdMemoryMs + 1)
  expect((await store.write(create('b', { command: 'other' }, { requestId: 'r1' }))).revision).toBe(2n)
  expect((await store.write(create('c', { command: 'other' }, { requestId: 'r1' }))).revision).toBe(2n)
  await expect(store.write(create('d', {}, { requestId: 'r1' }))).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
  // The ring comes round to the part of the first row, which nobody has emptied.
  await store.advance(LOG_SLOTS * LOG_SLOT_MS - STORE_LIMITS.requestIdMemoryMs + 1)
  expect((await store.write(create('e', {}, { requestId: 'r1' }))).revision).toBe(3n)
})

test('text may hold what PostgreSQL does not take', async () => {
  await store.write(create('a', { createdBy: 'an\0n', labels: { env: '\0' } }))
  await store.write(start('a', { actor: 'b\0b' }))
  const [, started] = await store.events(INSTANCE, { taskId: undefined, after: 0n, limit: 2 })
  expect(started?.event.actor).toBe('b\0b')
})
