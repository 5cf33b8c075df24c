// Three servers over one PostgreSQL, as processes of their own: killed, stopped, cut off, and always one truth.
import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { LeasePolicy } from '../../gen/openshift/v1/task_producer_service.js'
import type { CallError } from '../../src/client/call-error.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { fromMilliseconds } from '../../src/task/duration.js'
import type { StoredEvent } from '../../src/task/task-store.js'
import { followInto } from '../support/follow-history.js'
import { violations, WatchHistory } from '../support/history.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { startServer, type ServerProcess } from '../support/server-process.js'

const database = suiteDatabase(4)
let servers: ServerProcess[] = []
let clients: TaskplaneClient[] = []

beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: 3 }, () => startServer('', { store: database.url })))
  clients = servers.map(({ addresses }) => new TaskplaneClient(addresses.grpc))
})

afterAll(async () => {
  for (const client of clients) client.close()
  await Promise.all(servers.map((server) => server.stop('SIGKILL')))
})

function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length]!
}

/** The instance of those who write under fire. */
const serviceInstanceId = 'vdc-1'

/** Creates and changes tasks until `isOver`, one server after the other when one does not answer; what was acknowledged. */
async function write(first: number, isOver: () => boolean): Promise<{ tasks: Task[]; failures: CallError[] }> {
  const tasks: Task[] = []
  const failures: CallError[] = []
  let server = first
  const insist = async (call: (client: TaskplaneClient) => Promise<Task>): Promise<Task> => {
    for (;;) {
      try {
        return await call(at(clients, server))
      } catch (error) {
        failures.push(error as CallError)
        server += 1
      }
    }
  }
  for (let index = 0; !isOver(); index += 1) {
    const requestId = `r-${first}-${index}`
    const { id: taskId } = await insist((client) => client.create({ serviceInstanceId, task: Task.create({ command: 'c' }), requestId }))
    const change = { serviceInstanceId, taskId, task: Task.create({ summary: requestId }), updateMask: ['summary'] }
    tasks.push(await insist((client) => client.update(change)))
  }
  return { tasks, failures }
}

test('a lease lapses in time and once, although one server is stopped', { timeout: 60_000 }, async () => {
  const serviceInstanceId = 'vdc-lease'
  const ttl = 5000
  process.kill(servers[0]!.pid, 'SIGSTOP')
  const policy = LeasePolicy.create({ ttl: fromMilliseconds(ttl), maxAttempts: 1 })
  const { id: taskId } = await clients[1]!.create({ serviceInstanceId, task: Task.create({ command: 'c' }), leasePolicy: policy })
  await clients[1]!.start({ serviceInstanceId, taskId, owner: 'worker' })
  const lost = await clients[2]!.wait({ serviceInstanceId, taskId, timeout: { seconds: 30n, nanos: 0 } })
  expect(lost).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST' })
  const lived = (lost.endedAt?.getTime() ?? 0) - (lost.startedAt?.getTime() ?? 0)
  expect(lived).toBeGreaterThanOrEqual(ttl)
  expect(lived).toBeLessThanOrEqual(ttl + 10_000)
  process.kill(servers[0]!.pid, 'SIGCONT')
  await expect.poll(() => clients[0]!.get({ serviceInstanceId, taskId })).toEqual(lost)
  const { events } = await clients[0]!.events({ serviceInstanceId, taskId })
  expect(events.map(({ kind }) => kind)).toEqual(['CREATED', 'STARTED', 'FAILED'])
})

test('a create that is sent to all servers at once is made once, and every server reads it at once', async () => {
  const serviceInstanceId = 'vdc-stampede'
  const request = { serviceInstanceId, task: Task.create({ command: 'c' }), requestId: 'stampede' }
  const made = await Promise.all(Array.from({ length: 100 }, (_, index) => at(clients, index).create(request)))
  expect(new Set(made.map(({ id }) => id)).size).toBe(1)
  for (let round = 0; round < 100; round += 1) {
    const task = await at(clients, round).create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
    expect(await at(clients, round + 1).get({ serviceInstanceId, taskId: task.id })).toEqual(task)
  }
})

test('kill -9 of one and a storm on the connections lose nothing, and watchers miss nothing', { timeout: 60_000 }, async () => {
  let isOver = false
  const end = new EventEmitter()
  const last = (once(end, 'head') as Promise<[bigint]>).then(([head]) => head)
  const histories = [new WatchHistory(0n), new WatchHistory(undefined), new WatchHistory(0n)]
  const addresses = servers.map((server) => server.addresses.grpc)
  const following = histories.map((history, first) => followInto(history, { serviceInstanceId, addresses, first, last }))
  const writing = Array.from({ length: 6 }, (_, index) => write(index, () => isOver))
  const seen = (): number => histories[2]!.answers.length
  await expect.poll(seen, { timeout: 20_000 }).toBeGreaterThan(200)
  await servers[0]!.stop('SIGKILL')
  const before = seen()
  await expect.poll(seen, { timeout: 20_000 }).toBeGreaterThan(before + 200)
  for (let round = 0; round < 5; round += 1) {
    await database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'taskplane%'")
    const now = seen()
    await expect.poll(seen, { timeout: 20_000 }).toBeGreaterThan(now + 20)
  }
  isOver = true
  const written = await Promise.all(writing)
  const { revision: head } = await clients[1]!.create({ serviceInstanceId, task: Task.create({ command: 'last' }) })
  end.emit('head', head)
  await Promise.all(following)

  const events = await database.run<{ revision: string; task_id: string; encoded: Uint8Array }>(
    'SELECT revision, task_id, encoded FROM task_event WHERE service_instance_id = $1 ORDER BY revision',
    [serviceInstanceId],
  )
  expect(events.map(({ revision }) => Number(revision))).toEqual(Array.from({ length: Number(head) }, (_, index) => index + 1))
  const acknowledged = written.flatMap(({ tasks }) => tasks)
  for (const task of acknowledged) expect(Task.decode(events[Number(task.revision) - 1]!.encoded)).toEqual(task)
  expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(acknowledged.length)
  for (const { code } of written.flatMap(({ failures }) => failures)) expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(code)
  const whole = histories[0]!
  const truth: StoredEvent[] = whole.answers.flatMap(({ revision, event, task }) =>
    event === undefined || task === undefined ? [] : [{ revision, taskId: task.id, event, encoded: Task.encode(task).finish(), previousRevision: undefined }],
  )
  expect(truth.map(({ revision }) => revision)).toEqual(events.map(({ revision }) => BigInt(revision)))
  for (const history of histories) expect(violations(history, { truth, concerns: () => true, table: whole.table() })).toEqual([])
})
