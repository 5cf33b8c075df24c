// The JSON that is kept beside tasks: what was printed in another form, or could not be printed, is printed when it is read.
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { beforeEach, expect, test } from 'vitest'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { SqliteTaskReader } from '../../../src/store/sqlite/task-reader.js'
import { SqliteTaskWriter } from '../../../src/store/sqlite/task-writer.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import { printTask, taskJsonForm } from '../../../src/task/task-json.js'
import type { StoredTask } from '../../../src/task/task-store.js'
import { create, INSTANCE, query, remove, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

let database: Database.Database
let writer: SqliteTaskWriter
let reader: SqliteTaskReader

beforeEach(() => {
  database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
  writer = new SqliteTaskWriter(database)
  reader = new SqliteTaskReader(database)
  return () => database.close()
})

function json(id: string): string | undefined {
  return reader.ready(INSTANCE, id as TaskId, 'json')?.content
}

function kept(): unknown[] {
  return database.prepare('SELECT key & 0xffffffffff AS created, revision, form FROM task_json ORDER BY key').all()
}

const FORM = BigInt(taskJsonForm())

test('there is one text for each task, of its last write', () => {
  writer.writeAll([create('a'), create('b'), create('c'), start('b'), remove('a')])
  expect(kept()).toEqual([
    { created: 2n, revision: 4n, form: FORM },
    { created: 3n, revision: 3n, form: FORM },
  ])
})

test('a text of another form is not shown, and the next write replaces it', () => {
  const [a] = writer.writeAll([create('a'), create('b')]).results as readonly StoredTask[]
  const expected = printTask(a?.encoded ?? new Uint8Array())
  database.exec("UPDATE task_json SET form = form + 1, json = '{}'")
  expect(json('a')).toBe(expected)
  expect(reader.readyPage(INSTANCE, query(), 'json')).toBeUndefined()
  writer.writeAll([start('a'), start('b')])
  expect(JSON.parse(json('a') ?? '')).toMatchObject({ id: 'a', status: 'RUNNING' })
  expect(reader.readyPage(INSTANCE, query(), 'json')).toMatchObject({ count: 2, content: `${json('b')},${json('a')}` })
})

test('a task that JSON cannot show is written all the same', () => {
  writer.writeAll([create('a', { deadline: new Date(8.64e15) })])
  expect(reader.ready(INSTANCE, 'a' as TaskId, 'message')?.revision).toBe(1n)
  expect(() => json('a')).toThrow(/not a openshift.v1.Task that JSON can show/)
  expect(reader.readyPage(INSTANCE, query(), 'message')?.count).toBe(1)
  expect(reader.readyPage(INSTANCE, query(), 'json')).toBeUndefined()
})
