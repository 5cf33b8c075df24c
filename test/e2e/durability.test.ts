// What was acknowledged is there after kill -9, in any moment.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { GetTaskResponse } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** `npm run faults` asks for more. */
const ROUNDS = Number(process.env['TASKPLANE_KILLS'] ?? 20)
const WRITERS = 8
const INSTANCE = 'durable'

/** The last version of each task that was answered, by its id. */
type Acknowledged = Map<string, Task>

/** Takes tasks through their lives until the server is gone. */
async function write(client: TaskplaneClient, acknowledged: Acknowledged): Promise<void> {
  const serviceInstanceId = INSTANCE
  const keep = (task: Task): Task => {
    acknowledged.set(task.id, task)
    return task
  }
  try {
    for (;;) {
      const task = Task.create({ command: 'cluster.create', labels: { env: 'prod' } })
      const { id: taskId } = keep(await client.create({ serviceInstanceId, task, requestId: '' }))
      const key = { serviceInstanceId, taskId, etag: '' }
      keep(await client.start(key))
      for (const progressPercent of [30, 60]) {
        keep(await client.update({ ...key, task: Task.create({ progressPercent }), updateMask: ['progress_percent'] }))
      }
      keep(await client.complete({ ...key, response: undefined, outcome: 'CLEAN', statusDetails: [] }))
    }
  } catch {
    // The server is gone: what was not answered is not known.
  }
}

/** The store behind the server's back: sound, with a log without gaps, and with all that was acknowledged. */
function inspect(path: string, acknowledged: Acknowledged): void {
  const database = new Database(path)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  const revisions = database.prepare('SELECT revision FROM task_event ORDER BY revision').pluck().all() as number[]
  expect(revisions.findIndex((revision, index) => revision !== index + 1)).toBe(-1)
  expect(database.prepare('SELECT revision FROM service_instance').pluck().get()).toBe(revisions.length)
  const torn = database.prepare('SELECT count(*) FROM task LEFT JOIN task_json USING (key) WHERE task_json.revision IS NOT task.revision')
  expect(torn.pluck().get()).toBe(0)
  const ofTask = database.prepare<[string], Buffer>('SELECT framed FROM task WHERE task_id = ?').pluck()
  const atRevision = database.prepare<[bigint], Buffer>('SELECT encoded FROM task_event WHERE revision = ?').pluck()
  for (const task of acknowledged.values()) {
    expect(Task.decode(atRevision.get(task.revision) ?? Buffer.alloc(0))).toEqual(task)
    const stored = GetTaskResponse.decode(ofTask.get(task.id) ?? Buffer.alloc(0)).task
    expect(stored?.revision).toBeGreaterThanOrEqual(task.revision)
    if (task.status === 'SUCCEEDED') expect(stored).toEqual(task)
  }
  database.close()
}

test(`${ROUNDS} times kill -9 under ${WRITERS} writers lose nothing`, { timeout: 600_000 }, async () => {
  const directory = temporaryDirectory()
  const acknowledged: Acknowledged = new Map()
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(directory)
    const clients = Array.from({ length: WRITERS }, () => new TaskplaneClient(server.addresses.grpc))
    const writing = Promise.all(clients.map((client) => write(client, acknowledged)))
    const before = acknowledged.size
    while (acknowledged.size < before + WRITERS + Math.random() * 100) await pause(5)
    await server.stop('SIGKILL')
    await writing
    for (const client of clients) client.close()
    inspect(join(directory, 'tasks.db'), acknowledged)
  }
  const server = await startServer(directory)
  const client = new TaskplaneClient(server.addresses.grpc)
  const list = { serviceInstanceId: INSTANCE, pageSize: 1000, filter: 'status = SUCCEEDED', orderBy: '' }
  const found = new Set<string>()
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const page = await client.list({ ...list, pageToken })
    for (const { id } of page.tasks) found.add(id)
    pageToken = page.nextPageToken
  }
  const completed = [...acknowledged.values()].filter(({ status }) => status === 'SUCCEEDED')
  expect(completed.length).toBeGreaterThan(ROUNDS)
  expect(completed.filter(({ id }) => !found.has(id))).toEqual([])
  client.close()
  expect(await server.stop()).toBe(0)
})
