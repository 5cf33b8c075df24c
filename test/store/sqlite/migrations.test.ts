// A database of an earlier version is brought up to date, and what it holds is read as if it had been written today.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Lease, Task } from '../../../gen/openshift/v1/task.js'
import { ListTasksResponse } from '../../../gen/openshift/v1/task_service.js'
import { TASK_COLUMNS, taskColumns } from '../../../src/store/sql/task-row.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate, SCHEMA_VERSION } from '../../../src/store/sqlite/migrations.js'
import { fromMilliseconds } from '../../../src/task/duration.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import { printTask } from '../../../src/task/task-json.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { complete, create, decode, INSTANCE, OTHER_INSTANCE, progress, query, start, TOKEN } from '../../support/task-changes.js'
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

/** A database of version 5: tasks of two instances made in turn, the newest with a lease, the others with labels and parents. */
function writeVersion5(path: string): Task[] {
  const database = openConnection(path, { mayWrite: true })
  migrate(database, 5)
  const tasks = Array.from({ length: 40 }, (_, index) => {
    const created = BigInt(Math.floor(index / 2) + 1)
    const serviceInstanceId = index % 2 === 0 ? OTHER_INSTANCE : INSTANCE
    return Task.create({
      id: `t${index}`,
      serviceInstanceId,
      command: `c${index % 3}`,
      status: 'RUNNING',
      revision: created + 20n,
      etag: `"${created + 20n}"`,
      createdAt: new Date(AT),
      modifiedAt: new Date(AT),
      parentTaskId: index % 10 >= 8 ? `t${index % 2}` : '',
      labels: { env: index % 4 < 2 ? 'prod' : 'test' },
      metadata: { typeUrl: 'example.com/Bytes', value: Buffer.alloc(index * 13, index) },
      lease: index < 38 ? undefined : Lease.create({ owner: 'worker', attempt: 1, maxAttempts: 1, ttl: fromMilliseconds(60_000), expiresAt: new Date(AT + 60_000) }),
    })
  })
  for (const instance of [INSTANCE, OTHER_INSTANCE]) database.prepare('INSERT INTO service_instance VALUES (?, 40, ?)').run(instance, AT)
  const columns = TASK_COLUMNS.filter((column) => column !== 'lease_token')
  const insert = database.prepare(
    `INSERT INTO task (created_revision, lease_token, ${columns.join(', ')}) VALUES (?, ?${', ?'.repeat(columns.length)})`,
  )
  for (const task of tasks) {
    const row = taskColumns({ task, leaseToken: '' })
    insert.run(task.revision - 20n, task.lease === undefined ? '' : TOKEN, ...columns.map((column) => row[column]))
    const label = database.prepare('INSERT INTO task_label VALUES (?, ?, ?, ?, ?)')
    label.run(task.serviceInstanceId, task.id, 'env', task.labels['env'] ?? '', task.revision - 20n)
  }
  database.exec("UPDATE task SET ended_parts_gone = 3 WHERE task_id = 't1'")
  database.close()
  return tasks
}

test('version 5 keeps every task, in both orders, with its labels, its lease and its family', async () => {
  const path = join(temporaryDirectory(), 'tasks.db')
  const tasks = writeVersion5(path)
  const store = openClockedSqlite(path)
  const never = new AbortController().signal
  for (const instance of [INSTANCE, OTHER_INSTANCE]) {
    const own = tasks.filter(({ serviceInstanceId }) => serviceInstanceId === instance)
    for (const field of ['created_at', 'modified_at'] as const) {
      const asked = query({ order: { field, descending: false }, limit: 7 })
      const first = await store.list(instance, asked, never)
      const rest = await store.list(instance, { ...asked, after: first.next, limit: 100 }, never)
      const listed = [...first.tasks, ...rest.tasks]
      expect(listed.map((encoded) => Task.decode(encoded))).toEqual(own)
      expect(rest.next).toBeUndefined()
      const json = await store.readyPage(instance, { ...asked, limit: 100 }, 'json', { signal: never })
      expect(json).toEqual({ content: listed.map(printTask).join(','), count: 20, revision: 40n, next: undefined })
    }
    const labelled = await store.readyPage(instance, query({ filter: parseFilter('labels.env = prod') }), 'message', { signal: never })
    expect(ListTasksResponse.decode(labelled.content).tasks).toEqual(own.filter(({ labels }) => labels['env'] === 'prod').toReversed())
    expect(await store.version(instance)).toBe(40n)
  }
  const children = await store.list(INSTANCE, query({ filter: parseFilter('parent_task_id = t1') }), never)
  expect(children.tasks.map((encoded) => Task.decode(encoded).id)).toEqual(['t39', 't29', 't19', 't9'])
  const stored = await store.ready(INSTANCE, 't39' as TaskId, 'json')
  expect(JSON.parse(stored?.content ?? '')).toMatchObject({ id: 't39', lease: { owner: 'worker', expiresAt: '2026-03-01T00:01:00Z' } })
  expect(decode(await store.write(progress('t39', 50, TOKEN)))).toMatchObject({ revision: 41n, progressPercent: 50 })
  const created = await store.write(create('new', {}, { instance: 'vdc-3' as InstanceId }))
  expect(created.revision).toBe(1n)
  expect(await store.locate('t0' as TaskId, undefined)).toBe(OTHER_INSTANCE)
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
