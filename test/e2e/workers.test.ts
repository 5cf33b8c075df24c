// What clients are promised, over three workers of one server: each is a process of its own, and one of all of them writes.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpAnswer } from '../support/http-ask.js'
import { valueIn } from '../support/metrics.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { cutReaders, loseAnswers, raceToTheEnd, readAcross, watchCrowd } from '../support/replica-exercises.js'
import type { Replicas } from '../support/replicas.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { connectToEach, WORDY, type WorkerConnection } from '../support/worker-connections.js'
import { workersAsReplicas } from '../support/workers-as-replicas.js'

const WORKERS = 3

interface TaskBody {
  readonly id: string
  readonly status: string
  readonly revision: string
}

/** The task in an answer to a write, or to a read. */
function taskIn({ status, json }: HttpAnswer): TaskBody {
  expect(status).toBeLessThan(300)
  const { task, ...whole } = json as { task?: TaskBody } & TaskBody
  return task ?? whole
}

describe('over SQLite', () => {
  const directory = suiteDirectory()
  let server: ServerProcess
  let connections: WorkerConnection[] = []
  let replicas: Replicas
  let file: Database.Database
  /** What the database itself says, behind the back of the server. */
  const database = { run: <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => Promise.resolve(file.prepare(sql).all(Object.fromEntries(values.map((value, index) => [index + 1, value]))) as Row[]) }

  beforeAll(async () => {
    server = await startServer(directory(), { env: { TASKPLANE_WORKERS: String(WORKERS), ...WORDY } })
    connections = await connectToEach(server, WORKERS)
    replicas = await workersAsReplicas(server, WORKERS)
    file = new Database(join(directory(), 'tasks.db'), { readonly: true })
  })

  afterAll(async () => {
    for (const connection of connections) connection.close()
    file.close()
    await replicas.close()
  })

  test('what one worker has written every other one reads at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      for (const writer of connections) {
        const made = taskIn(await writer.ask('/tasks', { command: 'c' }))
        for (const reader of connections) expect(taskIn(await reader.ask(`/tasks/${made.id}`))).toEqual(made)
        const started = taskIn(await connections[0]!.ask(`/tasks/${made.id}:start`, {}))
        for (const reader of connections) expect(taskIn(await reader.ask(`/tasks/${made.id}`))).toEqual(started)
      }
    }
  })

  test('a wait at one worker hears at once of what another one has written', async () => {
    const [first, second] = connections as [WorkerConnection, WorkerConnection]
    const { id } = taskIn(await first.ask('/tasks', { command: 'c' }))
    await first.ask(`/tasks/${id}:start`, {})
    const waiting = second.ask(`/tasks/${id}:wait?timeout=20s`)
    const waiters = async (): Promise<number | undefined> => valueIn(await (await fetch(`http://${server.addresses.admin}/metrics`)).text(), 'taskplane_waiters')
    await expect.poll(waiters).toBe(1)
    const began = performance.now()
    await first.ask(`/tasks/${id}:complete`, {})
    expect(taskIn(await waiting).status).toBe('SUCCEEDED')
    // Without a word from the primary it would be heard of when the wait ends.
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test('a create that is sent to all workers at once is made once', async () => {
    const answers = await Promise.all(Array.from({ length: 90 }, (_, index) => connections[index % WORKERS]!.ask('/tasks?requestId=stampede', { command: 'c' })))
    expect(new Set(answers.map((answer) => taskIn(answer).id)).size).toBe(1)
  })

  test('a refused write is refused in the same words by every worker', async () => {
    const { id } = taskIn(await connections[0]!.ask('/tasks', { command: 'c' }))
    const refusals = await Promise.all(connections.map((connection) => connection.ask(`/tasks/${id}:complete`, {})))
    const [{ json }] = refusals as [HttpAnswer]
    expect(JSON.stringify(json)).toContain('"reason":"STATUS_NOT_ALLOWED"')
    expect(refusals.map((refusal) => [refusal.status, refusal.json])).toEqual(refusals.map(() => [400, json]))
  })

  test('a retention policy that one worker has set every other one reads', async () => {
    const [first, second] = connections as [WorkerConnection, WorkerConnection]
    const body = { succeededAge: '3600s' }
    const put = { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    expect((await first.ask('/retentionPolicy', undefined, put)).status).toBe(200)
    expect((await second.ask('/retentionPolicy')).json).toEqual({ retentionPolicy: body })
  })

  test('a lease lapses once', { timeout: 30_000 }, async () => {
    const [first, second] = connections as [WorkerConnection, WorkerConnection]
    const { id } = taskIn(await first.ask('/tasks?leasePolicy.ttl=5s&leasePolicy.maxAttempts=1', { command: 'c' }))
    await second.ask(`/tasks/${id}:start`, {})
    expect(taskIn(await second.ask(`/tasks/${id}:wait?timeout=20s`)).status).toBe('FAILED')
    const { events } = (await first.ask(`/tasks/${id}/events`)).json as { events: { kind: string }[] }
    expect(events.map(({ kind }) => kind)).toEqual(['CREATED', 'STARTED', 'FAILED'])
  })

  test('writes and reads of many connections', () => readAcross(replicas, 30))

  test('of those who end a task at all workers at once one does', async () => {
    await raceToTheEnd(replicas, database, 20)
  })

  test('after a lost answer the same request answers the same task', () => loseAnswers(replicas, database, 5))

  test('readers whose connections are cut see every event once', () => cutReaders(replicas, 9))

  test('watchers at all workers see what writers at all workers do', async () => {
    expect(await watchCrowd(replicas, database, { writers: 6, watchers: 12, ms: 1500 })).toBeGreaterThan(0)
    const watchedBy = (): unknown[] => server.log.filter(({ method }) => String(method).endsWith('/WatchTasks')).map(({ worker }) => worker)
    await expect.poll(() => new Set(watchedBy()).size).toBe(WORKERS)
  })
})

describe('over PostgreSQL', () => {
  const database = suiteDatabase()
  let server: ServerProcess
  let connections: WorkerConnection[] = []

  beforeAll(async () => {
    server = await startServer('', { store: database.url, env: { TASKPLANE_WORKERS: '2', ...WORDY } })
    connections = await connectToEach(server, 2)
  })

  test('workers are servers of one database, within the connections of one server', async () => {
    for (let round = 0; round < 20; round += 1) {
      const made = taskIn(await connections[round % 2]!.ask('/tasks', { command: 'c' }))
      expect(taskIn(await connections[(round + 1) % 2]!.ask(`/tasks/${made.id}`))).toEqual(made)
    }
    expect((await fetch(`http://${server.addresses.admin}/readyz`)).status).toBe(200)
    await Promise.all(Array.from({ length: 60 }, (_, index) => fetch(`${server.url}/openshift/v1/vdc-${index}/tasks`)))
    const [row] = await database.run<{ count: string }>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'taskplane'")
    expect(Number(row?.count)).toBeLessThanOrEqual(10)
    for (const connection of connections) connection.close()
    expect(await server.stop()).toBe(0)
  })
})
