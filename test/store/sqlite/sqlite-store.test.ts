import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate, SCHEMA_VERSION } from '../../../src/store/sqlite/migrations.js'
import { Purge } from '../../../src/store/sqlite/purge.js'
import { asTaskError } from '../../../src/store/sqlite/sqlite-error.js'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { SqliteTaskWriter } from '../../../src/store/sqlite/task-writer.js'
import { WriteProbe } from '../../../src/store/sqlite/write-probe.js'
import { fromMilliseconds } from '../../../src/task/duration.js'
import type { StoredTask, TaskStore } from '../../../src/task/task-store.js'
import { STORE_LIMITS } from '../../../src/limits.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { thrownBy } from '../../support/outcome.js'
import { create, decode, fail, INSTANCE, OTHER_INSTANCE, progress, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { exerciseReady } from '../conformance/ready.js'
import { exerciseVersions } from '../conformance/versions.js'
import { exerciseTaskStore } from '../task-store-conformance.js'

const openNew = (): TaskStore => open(join(temporaryDirectory(), 'tasks.db'))

exerciseTaskStore('sqlite', openNew)
exerciseReady('sqlite', openNew)
exerciseVersions('sqlite', openNew)
exerciseVersions('sqlite that others read', () => open(join(temporaryDirectory(), 'tasks.db'), true))

function open(path: string, isShared = false): TaskStore {
  const fail = (error: Error): never => {
    throw error
  }
  return openSqliteStore({ path, makeDirectory: false, isShared, onFailure: fail, onDeath: fail })
}

describe('a database file', () => {
  test('says what is wrong with it', () => {
    const directory = temporaryDirectory()
    const garbage = join(directory, 'garbage.db')
    writeFileSync(garbage, 'this is not a database, and it is long enough to be mistaken for one'.repeat(100))
    expect(() => open(garbage)).toThrow(/file is not a database/)
    expect(() => open(join(directory, 'missing', 'tasks.db'))).toThrow(/directory does not exist/)
    expect(() => open(directory)).toThrow(/unable to open database file/)
    const foreign = join(directory, 'foreign.db')
    new Database(foreign).exec('CREATE TABLE mine (x)').close()
    expect(() => open(foreign)).toThrow(/database of another program/)
  })

  test('of a newer schema is refused and left alone', async () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    await open(path).close()
    new Database(path).exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`).close()
    expect(() => open(path)).toThrow(/schema version \d+.*run a newer Taskplane/)
    expect(new Database(path).pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION + 1)
  })

  test('is used by one store at a time', async () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    const first = open(path)
    expect(() => open(path)).toThrow(/in use by another process/)
    await first.close()
    await open(path).close()
  })

  test('keeps its tasks from one store to the next, in one file', async () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    const first = open(path)
    await first.write(create('a'))
    await first.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    const second = open(path)
    expect((await second.write(start('a'))).revision).toBe(2n)
    await second.close()
  })

  test('is refused when it cannot have a log, without which nothing is durable', () => {
    expect(() => openConnection(':memory:', { mayWrite: true })).toThrow(/kept journal_mode at memory instead of wal/)
  })

  test.each([true, false])('is in WAL mode and synced at every commit (mayWrite: %s)', async (mayWrite) => {
    const path = join(temporaryDirectory(), 'tasks.db')
    await open(path).close()
    const database = openConnection(path, { mayWrite })
    // 2 is FULL; better-sqlite3 is built for NORMAL, which syncs at checkpoints only.
    expect(database.pragma('synchronous', { simple: true })).toBe(2n)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(database.pragma('query_only', { simple: true })).toBe(mayWrite ? 0n : 1n)
    expect(database.pragma('wal_autocheckpoint', { simple: true })).toBe(BigInt(STORE_LIMITS.checkpointPages))
    const { writerCacheKib, readerCacheKib, listCacheKib: cacheKib } = STORE_LIMITS
    expect(database.pragma('cache_size', { simple: true })).toBe(BigInt(-(mayWrite ? writerCacheKib : readerCacheKib)))
    const smaller = openConnection(path, { mayWrite, cacheKib })
    expect(smaller.pragma('cache_size', { simple: true })).toBe(BigInt(-cacheKib))
    smaller.close()
    database.close()
  })

  test('has one lock, whatever it is called by', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'tasks.db')
    const first = open(path)
    symlinkSync(path, join(directory, 'link.db'))
    symlinkSync(directory, join(directory, 'folder'))
    expect(() => open(join(directory, 'link.db'))).toThrow(/in use by another process/)
    expect(() => open(join(directory, 'folder', 'tasks.db'))).toThrow(/in use by another process/)
    await first.close()
  })
})

describe('a full store', () => {
  test('refuses writes with STORE_FULL, is found out by its check, and goes on once there is room', () => {
    const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
    migrate(database)
    const writer = new SqliteTaskWriter(database)
    const probe = new WriteProbe(database)
    probe.run()
    database.pragma('max_page_count = 60')
    let written = 0
    const fill = (): never => {
      for (; ; written += 1) writer.writeAll([create(`t${written}`, { description: 'x'.repeat(500) })])
    }
    expect(asTaskError(thrownBy(fill))).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'STORE_FULL' })
    expect(asTaskError(thrownBy(() => probe.run()))).toMatchObject({ reason: 'STORE_FULL' })
    database.pragma('max_page_count = 600')
    probe.run()
    expect(writer.writeAll([create('last')]).results).toMatchObject([{ revision: BigInt(written + 1) }])
    expect(database.prepare('SELECT count(*) FROM create_request').pluck().get()).toBe(0n)
    database.close()
  })
})

test('times of an instance never go backwards, though the clock does', () => {
  const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
  let now = 0
  const writer = new SqliteTaskWriter(database, () => now)
  const times = [5000, 4000, 6000, 1].map((at) => {
    now = at
    const [written] = writer.writeAll([create(`t${at}`)]).results
    return decode(written as StoredTask).modifiedAt?.getTime()
  })
  expect(times).toEqual([5000, 5000, 6000, 6000])
  database.close()
})

describe('a purge', () => {
  test('forgets request ids and events past their time, and nothing else', async () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    await open(path).close()
    const database = openConnection(path, { mayWrite: true })
    let now = 1_000_000
    const writer = new SqliteTaskWriter(database, () => now)
    const purge = new Purge(database)
    writer.writeAll([create('a', {}, { requestId: 'r1' })])
    now += STORE_LIMITS.requestIdMemoryMs - 1
    writer.writeAll([create('b', {}, { requestId: 'r2' })])
    expect(purge.removeOld(now)).toEqual({ requests: 0, events: 0 })
    now += 2
    expect(writer.writeAll([create('c', { command: 'other' }, { requestId: 'r1' })]).results).toMatchObject([{ revision: 3n }])
    now += 1
    expect(purge.removeOld(now)).toEqual({ requests: 0, events: 1 })
    now += STORE_LIMITS.requestIdMemoryMs
    expect(purge.removeOld(now)).toEqual({ requests: 2, events: 2 })
    expect(database.prepare('SELECT count(*) FROM task').pluck().get()).toBe(3n)
    database.close()
  })
})

test('a purge removes a bounded number of events, the oldest first', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  await store.write(create('a'))
  for (let index = 1; index < STORE_LIMITS.purgeRows + 5; index += 1) await store.write(progress('a', index % 100))
  await store.advance(STORE_LIMITS.historyMs + 1)
  expect(await store.purge()).toMatchObject({ events: STORE_LIMITS.purgeRows })
  expect((await store.history(INSTANCE)).oldest).toBe(BigInt(STORE_LIMITS.purgeRows))
  expect(await store.purge()).toMatchObject({ events: 5 })
  await store.close()
})

test('a purge stops at so many tasks of all instances, and goes on behind them', () => {
  const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
  const writer = new SqliteTaskWriter(database, () => 0)
  const purge = new Purge(database)
  const count = STORE_LIMITS.purgeRows - 1
  for (const instance of [INSTANCE, OTHER_INSTANCE]) {
    writer.writeAll(Array.from({ length: count }, (_, index) => ({ ...create(`t${index}`), instance })))
    writer.writeAll(Array.from({ length: count }, (_, index) => ({ ...fail(`t${index}`), instance })))
    purge.setPolicy(instance, RetentionPolicy.create({ failedAge: fromMilliseconds(1000) }))
  }
  const [first, second] = [purge.expiries(2000), purge.expiries(2000)]
  expect(first.map(({ instance }) => instance)).toEqual([...Array.from({ length: count }, () => INSTANCE), OTHER_INSTANCE])
  const names = (found: typeof first): string[] => found.filter(({ instance }) => instance === OTHER_INSTANCE).map(({ taskId }) => taskId)
  expect([names(first), names(second)]).toEqual([['t0'], ['t1']])
  database.close()
})

describe('the event log', () => {
  test('has one event at every revision, with the task as it was then', async () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    const store = open(path)
    await Promise.all([store.write(create('a')), store.write(start('a')), store.write(create('b'))])
    await store.close()
    const rows = new Database(path)
      .prepare('SELECT revision, task_id, kind, actor, status_from, status_to FROM task_event ORDER BY revision')
      .all()
    expect(rows).toEqual([
      { revision: 1, task_id: 'a', kind: 'CREATED', actor: 'tester', status_from: null, status_to: 'PENDING' },
      { revision: 2, task_id: 'a', kind: 'STARTED', actor: 'tester', status_from: 'PENDING', status_to: 'RUNNING' },
      { revision: 3, task_id: 'b', kind: 'CREATED', actor: 'tester', status_from: null, status_to: 'PENDING' },
    ])
  })
})
