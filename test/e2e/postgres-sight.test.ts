// Servers over one PostgreSQL tell of their commits as a server with an embedded store does: each of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { valueIn } from '../support/metrics.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const database = suiteDatabase()

interface AuditLine {
  readonly instance?: string
  readonly revision: string
  readonly to?: string
  readonly actor: string
  readonly requestId?: string
}

function linesOf(path: string): AuditLine[] {
  return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AuditLine)
}

async function post({ url }: ServerProcess, path: string, body: unknown, requestId: string): Promise<string> {
  const response = await fetch(`${url}/openshift/v1/vdc-1/tasks${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  return ((await response.json()) as { task: { id: string } }).task.id
}

async function metricsOf({ addresses }: ServerProcess): Promise<string> {
  return (await fetch(`http://${addresses.admin}/metrics`)).text()
}

test('the audit logs of two servers have every revision once together, with the call that asked for it', async () => {
  const directory = temporaryDirectory()
  const paths = [join(directory, 'one.log'), join(directory, 'other.log')] as const
  const [one, other] = await Promise.all(paths.map((path) => startServer('', { store: database.url, env: { TASKPLANE_AUDIT_LOG: path } })))
  if (one === undefined || other === undefined) throw new Error('Expected two servers')
  const leased = await post(one, '?leasePolicy.ttl=5s&leasePolicy.maxAttempts=1', { command: 'c' }, 'one-1')
  await post(other, `/${leased}:start`, {}, 'other-1')
  const creates = Array.from({ length: 40 }, (_, index) => {
    const [server, name] = index % 2 === 0 ? [one, 'one'] : [other, 'other']
    return post(server, '', { command: 'c' }, `${name}-create-${index}`)
  })
  await Promise.all(creates)
  const lapses = (): AuditLine[] => paths.flatMap(linesOf).filter(({ to }) => to === 'FAILED')
  await expect.poll(lapses, { timeout: 15_000 }).toEqual([expect.objectContaining({ actor: 'taskplane' })])
  expect(lapses()[0]?.requestId).toBeUndefined()
  expect(await Promise.all([one.stop(), other.stop()])).toEqual([0, 0])
  const [ofOne, ofOther] = paths.map(linesOf)
  const revisions = [...(ofOne ?? []), ...(ofOther ?? [])].map(({ revision }) => Number(revision)).sort((a, b) => a - b)
  expect(revisions).toEqual(Array.from({ length: 43 }, (_, index) => index + 1))
  const callsOf = (lines: readonly AuditLine[] = []): string[] => lines.flatMap(({ requestId = '' }) => (requestId === '' ? [] : [requestId.split('-', 1)[0] ?? '']))
  expect([new Set(callsOf(ofOne)), new Set(callsOf(ofOther))]).toEqual([new Set(['one']), new Set(['other'])])
  expect([...callsOf(ofOne), ...callsOf(ofOther)]).toHaveLength(42)
})

test('the audit logs lack nothing and have nothing twice when connections break, also between a commit and its answer', { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory()
  const paths = [join(directory, 'one.log'), join(directory, 'other.log')] as const
  const servers = await Promise.all(paths.map((path) => startServer('', { store: database.url, env: { TASKPLANE_AUDIT_LOG: path } })))
  const clients = servers.map(({ addresses }) => new TaskplaneClient(addresses.grpc))
  const serviceInstanceId = 'vdc-storm'
  let made = 0
  let isOver = false
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; !isOver; number += 1) {
      const request = { serviceInstanceId, task: Task.create({ command: 'c' }), requestId: `r-${writer}-${number}` }
      const create = (): Promise<boolean> => clients[(writer + number) % 2]!.create(request).then(() => true, () => false)
      while (!(await create()));
      made += 1
    }
  }
  const writing = Array.from({ length: 8 }, (_, writer) => write(writer))
  for (let cut = 0; cut < 15; cut += 1) {
    const before = made
    await database.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'taskplane%'",
    )
    await expect.poll(() => made, { interval: 5, timeout: 10_000 }).toBeGreaterThan(before + 4)
  }
  isOver = true
  await Promise.all(writing)
  const [row] = await database.run<{ head: string }>('SELECT revision AS head FROM service_instance WHERE service_instance_id = $1', [serviceInstanceId])
  const revisions = (): number[] => paths.flatMap(linesOf).flatMap(({ instance, revision }) => (instance === serviceInstanceId ? [Number(revision)] : []))
  const all = Array.from({ length: Number(row?.head) }, (_, index) => index + 1)
  expect(all).toHaveLength(made)
  await expect.poll(() => revisions().sort((a, b) => a - b), { timeout: 10_000 }).toEqual(all)
  for (const client of clients) client.close()
  expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0])
  expect(revisions()).toHaveLength(all.length)
})

test('the metrics count what this server has committed, and its batches', async () => {
  const server = await startServer('', { store: database.url })
  const before = await metricsOf(server)
  expect(valueIn(before, 'taskplane_task_events_total{kind="CREATED"}') ?? 0).toBe(0)
  const id = await post(server, '', { command: 'c' }, 'r-1')
  await post(server, `/${id}:start`, {}, 'r-2')
  const after = await metricsOf(server)
  expect(['CREATED', 'STARTED'].map((kind) => valueIn(after, `taskplane_task_events_total{kind="${kind}"}`))).toEqual([1, 1])
  expect(valueIn(after, 'taskplane_store_batch_writes_sum')).toBe(2)
  expect(valueIn(after, 'taskplane_store_writes_waiting')).toBe(0)
  expect(valueIn(after, 'taskplane_store_operation_duration_seconds_count{operation="write"}')).toBe(2)
  expect(await server.stop()).toBe(0)
})
