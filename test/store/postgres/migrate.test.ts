// Which databases are taken, and how they are brought up to date: each step all or nothing, once, whoever begins it.
import { describe, expect, test } from 'vitest'
import { POSTGRES_LIMITS } from '../../../src/limits.js'
import { migrate, SCHEMA_VERSION } from '../../../src/store/postgres/migrate.js'
import { MIGRATIONS, type Migration } from '../../../src/store/postgres/migrations.js'
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.js'
import { DatabaseAway, preparePostgres } from '../../../src/store/postgres/prepare.js'
import { emptyDatabase } from '../../support/postgres-database.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { create } from '../../support/task-changes.js'

const { url, rows, onServer } = emptyDatabase()
const name = new URL(url).pathname.slice(1)

/** A migration after those there are. */
function next(sql: string, worksWith = SCHEMA_VERSION): Migration {
  return { name: 'next', worksWith, sql: () => sql }
}

function prepare(more: { readonly allowsLoss?: boolean; readonly url?: string } = {}): Promise<void> {
  return preparePostgres({ url, partitions: 0, allowsLoss: true, ...more })
}

describe('a new database', () => {
  test('is made by one of those who start at once, and all of them serve', async () => {
    const fail = (error: Error): never => {
      throw error
    }
    const options = { url, partitions: 2, allowsLoss: true, onFailure: fail, onDeath: fail }
    const stores = await Promise.all(Array.from({ length: 3 }, () => openPostgresStore(options)))
    await Promise.all(stores.map((store, index) => store.write(create(`t${index}`))))
    await Promise.all(stores.map((store) => store.close()))
    expect(await rows('SELECT version FROM taskplane_migration ORDER BY version')).toEqual(MIGRATIONS.map((_, index) => ({ version: index + 1 })))
  })

  test('is made by one of five, each time, in whatever order they come to look, wait and begin', async () => {
    for (let round = 0; round < 10; round += 1) {
      await rows('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      const versions = await Promise.all(Array.from({ length: 5 }, () => migrate({ url, partitions: 0 })))
      expect(new Set(versions)).toEqual(new Set([SCHEMA_VERSION]))
    }
  })

  test.each([
    [0, 8, 0],
    [3, 24, 3],
  ])('with %i partitions has them where an instance is looked up', async (partitions, logs, tasks) => {
    await migrate({ url, partitions })
    const leaves = (table: string): string => `(SELECT count(*)::int FROM pg_partition_tree('${table}') WHERE isleaf)`
    expect(await rows(`SELECT ${leaves('task_event')} + ${leaves('create_request')} AS logs`)).toEqual([{ logs }])
    const of = "SELECT count(*)::int AS tasks FROM pg_inherits WHERE inhparent = 'task'::regclass"
    expect(await rows(of)).toEqual([{ tasks }])
  })
})

describe('a migration', () => {
  test('that fails leaves nothing behind, and is made good by a later one', async () => {
    await expect(migrate({ url, partitions: 0 }, [...MIGRATIONS, next('CREATE TABLE half (); SELECT 1 / 0')])).rejects.toThrow('division by zero')
    expect(await rows("SELECT to_regclass('half') AS half")).toEqual([{ half: null }])
    expect(await migrate({ url, partitions: 0 }, [...MIGRATIONS, next('CREATE TABLE whole ()')])).toBe(SCHEMA_VERSION + 1)
  })

  test('whose server is killed in the middle leaves nothing behind', async () => {
    const killed = migrate({ url, partitions: 0 }, [...MIGRATIONS, next('CREATE TABLE half (); SELECT pg_sleep(60)')])
    const told = expect(killed).rejects.toThrow()
    await expect.poll(() => rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")).toHaveLength(1)
    await rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
    await told
    expect(await rows("SELECT to_regclass('half') AS half, max(version) AS version FROM taskplane_migration")).toEqual([{ half: null, version: SCHEMA_VERSION }])
    await prepare()
  })
})

describe('a migration that somebody is in the way of', () => {
  test('waits for another server that migrates, and is tried again later', async () => {
    smallerLimits(POSTGRES_LIMITS, { migrateWaitMs: 100 })
    await rows("BEGIN; SELECT pg_advisory_xact_lock(x'54504c4e'::int)")
    await expect(prepare()).rejects.toThrow(DatabaseAway)
    await rows('COMMIT')
    await prepare()
  })

  test('gives way to the servers that work on the table it wants, after the time that their statements wait', async () => {
    smallerLimits(POSTGRES_LIMITS, { lockMs: 100 })
    await prepare()
    await rows('BEGIN; SELECT count(*) FROM task')
    const begin = performance.now()
    const changes = [...MIGRATIONS, next('ALTER TABLE task ADD COLUMN priority smallint')]
    await expect(migrate({ url, partitions: 0 }, changes)).rejects.toThrow('lock timeout')
    expect(performance.now() - begin).toBeLessThan(POSTGRES_LIMITS.migrateWaitMs / 2)
    await rows('COMMIT')
    expect(await migrate({ url, partitions: 0 }, changes)).toBe(SCHEMA_VERSION + 1)
  })
})

describe('a schema of a newer program', () => {
  test.each([
    [SCHEMA_VERSION, 'is worked with when it only adds', undefined],
    [SCHEMA_VERSION + 1, 'is refused and left alone when it does not', /schema version \d+, this program knows up to \d+; run a newer Taskplane/],
  ])('that works with version %i %s', async (worksWith, _name, message) => {
    await migrate({ url, partitions: 0 }, [...MIGRATIONS, next('SELECT 1', worksWith)])
    if (message === undefined) await prepare()
    else await expect(prepare()).rejects.toThrow(message)
    expect(await rows('SELECT max(version) AS version FROM taskplane_migration')).toEqual([{ version: SCHEMA_VERSION + 1 }])
  })
})

describe('a database that can lose what it has acknowledged', () => {
  test('is refused, by the name of the setting', async () => {
    await expect(prepare({ allowsLoss: false })).rejects.toThrow(/--store: it has fsync=off.*--postgres-durability unchecked/)
    await rows(`ALTER DATABASE ${name} SET synchronous_commit = off`)
    await expect(prepare({ allowsLoss: false })).rejects.toThrow(/it has synchronous_commit=off/)
  })

  test('is taken when somebody insists', async () => {
    await prepare({ allowsLoss: true })
  })
})

test('a database of another encoding is refused', async () => {
  await onServer(`CREATE DATABASE ${name}_ascii ENCODING 'SQL_ASCII' TEMPLATE template0`)
  await expect(prepare({ url: `${url}_ascii` })).rejects.toThrow('its encoding is SQL_ASCII; expected a database with ENCODING UTF8')
  await onServer(`DROP DATABASE ${name}_ascii`)
})

test('nobody is told the password', async () => {
  const wrong = new URL(url)
  wrong.password = 'not-the-password'
  const error = await prepare({ url: wrong.href }).catch((thrown: unknown) => thrown as Error)
  expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining('password authentication failed') as string })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('not-the-password')
})
