import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { SCHEMA_VERSION } from '../../../src/store/sqlite/migrations.js'
import { Purge } from '../../../src/store/sqlite/purge.js'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { SqliteTaskWriter } from '../../../src/store/sqlite/task-writer.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { STORE_LIMITS } from '../../../src/limits.js'
import { create, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { exerciseTaskStore } from '../task-store-conformance.js'

exerciseTaskStore('sqlite', () => open(join(temporaryDirectory(), 'tasks.db')))

function open(path: string): TaskStore {
  const fail = (error: Error): never => {
    throw error
  }
  return openSqliteStore({ path, makeDirectory: false, onFailure: fail, onDeath: fail })
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

  test('is synced at every commit', () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    const database = openConnection(path, { mayWrite: true })
    expect(database.pragma('synchronous', { simple: true })).toBe(2n)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    database.close()
  })
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
