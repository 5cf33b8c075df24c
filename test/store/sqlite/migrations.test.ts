// A database of an earlier version is brought up to date, and what it holds is read as if it had been written today.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Task } from '../../../gen/openshift/v1/task.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate, SCHEMA_VERSION } from '../../../src/store/sqlite/migrations.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { complete, create, decode, INSTANCE, query, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const AT = Date.parse('2026-03-01T00:00:00Z')

/** A database of version 1 with one running task and one that was deleted. */
function writeVersion1(path: string): void {
  const database = openConnection(path, { mayWrite: true })
  migrate(database, 1)
  expect(database.pragma('user_version', { simple: true })).toBe(1n)
  const encoded = (revision: bigint, status: Task['status'], id = 'a'): Uint8Array =>
    Task.encode(
      Task.create({ id, serviceInstanceId: INSTANCE, command: 'c', status, revision, etag: `"${revision}"`, createdAt: new Date(AT), modifiedAt: new Date(AT) }),
    ).finish()
  database.prepare('INSERT INTO service_instance VALUES (?, 4, ?)').run(INSTANCE, AT)
  database
    .prepare(
      `INSERT INTO task VALUES (?, 'a', 1, 2, 'RUNNING', 'OUTCOME_UNSPECIFIED', 'c', '', 'ann', 'ann', '', '', ${AT}, ${AT}, ${AT}, NULL, ?)`,
    )
    .run(INSTANCE, encoded(2n, 'RUNNING'))
  database.prepare("INSERT INTO task_label VALUES (?, 'a', 'env', 'prod', 1)").run(INSTANCE)
  database.prepare("INSERT INTO create_request VALUES (?, 'r1', 'a', ?, ?)").run(INSTANCE, Buffer.from('hash'), AT)
  const event = database.prepare(`INSERT INTO task_event VALUES (?, ?, ?, ?, 'ann', ${AT}, ?, ?, ?)`)
  event.run(INSTANCE, 1, 'a', 'create', null, 'PENDING', encoded(1n, 'PENDING'))
  event.run(INSTANCE, 2, 'a', 'start', 'PENDING', 'RUNNING', encoded(2n, 'RUNNING'))
  event.run(INSTANCE, 3, 'b', 'create', null, 'PENDING', encoded(3n, 'PENDING', 'b'))
  event.run(INSTANCE, 4, 'b', 'delete', 'PENDING', null, encoded(3n, 'PENDING', 'b'))
  database.close()
}

test('version 1 is read, written and followed on', async () => {
  const path = join(temporaryDirectory(), 'tasks.db')
  writeVersion1(path)
  const store = openClockedSqlite(path)
  const task = await store.get(INSTANCE, 'a' as TaskId)
  expect(task && decode(task)).toMatchObject({ id: 'a', status: 'RUNNING', revision: 2n, lease: undefined, parentTaskId: '' })
  const { tasks } = await store.list(INSTANCE, query({ filter: parseFilter('labels.env = prod') }), new AbortController().signal)
  expect(tasks).toHaveLength(1)
  expect(await store.counts(INSTANCE)).toEqual({ total: 1, roots: 1, byStatus: { RUNNING: 1 }, revision: 4n })
  const events = await store.events(INSTANCE, { taskId: undefined, after: 0n, limit: 9 })
  expect(events.map(({ taskId, event, previousRevision }) => [taskId, event.kind, event.to, previousRevision])).toEqual([
    ['a', 'CREATED', 'PENDING', undefined],
    ['a', 'STARTED', 'RUNNING', 1n],
    ['b', 'CREATED', 'PENDING', undefined],
    ['b', 'DELETED', 'STATUS_UNSPECIFIED', 3n],
  ])
  expect(await store.lastEvent(INSTANCE, 'b' as TaskId)).toMatchObject({ kind: 'DELETED', actor: 'ann' })
  expect(await store.history(INSTANCE)).toEqual({ head: 4n, oldest: 0n })
  expect(decode(await store.write(complete('a')))).toMatchObject({ status: 'SUCCEEDED', revision: 5n })
  await store.write(create('c'))
  expect((await store.write(start('c'))).revision).toBe(7n)
  await store.close()
})

test('a database is brought up to date once', () => {
  const path = join(temporaryDirectory(), 'tasks.db')
  writeVersion1(path)
  for (let time = 0; time < 2; time += 1) {
    const database = openConnection(path, { mayWrite: true })
    migrate(database)
    expect(database.pragma('user_version', { simple: true })).toBe(BigInt(SCHEMA_VERSION))
    database.close()
  }
})
