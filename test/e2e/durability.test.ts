// What was acknowledged is there after kill -9, in any moment.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const ROUNDS = 20
const WRITERS = 8
const INSTANCE = 'durable'

/** Creates and starts tasks until the server is gone; `acknowledged` gets the last revision of each that was answered. */
async function write(client: TaskplaneClient, acknowledged: Map<string, bigint>): Promise<void> {
  const serviceInstanceId = INSTANCE
  try {
    for (;;) {
      const task = Task.create({ command: 'cluster.create', labels: { env: 'prod' } })
      const { id, revision } = await client.create({ serviceInstanceId, task, requestId: '' })
      acknowledged.set(id, revision)
      acknowledged.set(id, (await client.start({ serviceInstanceId, taskId: id, etag: '' })).revision)
    }
  } catch {
    // The server is gone: what was not answered is not known.
  }
}

/** The state of the store behind the server's back: faults of the file, and the revisions of the log. */
function inspect(path: string): { integrity: unknown; revisions: number[]; head: unknown } {
  const database = new Database(path)
  const integrity = database.pragma('integrity_check', { simple: true })
  const revisions = database.prepare('SELECT revision FROM task_event ORDER BY revision').pluck().all() as number[]
  const head = database.prepare('SELECT revision FROM service_instance').pluck().get()
  database.close()
  return { integrity, revisions, head }
}

test(`${ROUNDS} times kill -9 under ${WRITERS} writers lose nothing`, { timeout: 240_000 }, async () => {
  const directory = temporaryDirectory()
  const acknowledged = new Map<string, bigint>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(directory)
    const clients = Array.from({ length: WRITERS }, () => new TaskplaneClient(server.addresses.grpc))
    const writing = Promise.all(clients.map((client) => write(client, acknowledged)))
    const before = acknowledged.size
    while (acknowledged.size < before + WRITERS + Math.random() * 200) await new Promise(setImmediate)
    await server.stop('SIGKILL')
    await writing
    for (const client of clients) client.close()
  }
  const { integrity, revisions, head } = inspect(join(directory, 'tasks.db'))
  expect(integrity).toBe('ok')
  expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, index) => index + 1))
  expect(head).toBe(revisions.length)

  const server = await startServer(directory)
  const client = new TaskplaneClient(server.addresses.grpc)
  for (const [taskId, revision] of acknowledged) {
    const task = await client.get({ serviceInstanceId: INSTANCE, taskId })
    expect(task.revision).toBeGreaterThanOrEqual(revision)
  }
  client.close()
  expect(await server.stop()).toBe(0)
})
