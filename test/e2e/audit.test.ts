// The audit log of a real server: every change of a task and every denied call, each once, whatever made it.
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelCredentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { SetRetentionPolicyRequest, TaskProducerServiceClient } from '../../gen/openshift/v1/task_producer_service.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { valueIn } from '../support/metrics.js'
import { runTaskplane } from '../support/program.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign } from '../support/tokens.js'

interface AuditLine {
  readonly event: string
  readonly instance?: string
  readonly taskId?: string
  readonly revision?: string
  readonly kind?: string
  readonly from?: string
  readonly to?: string
  readonly actor?: string
  readonly requestId?: string
  readonly method?: string
}

function linesOf(path: string): AuditLine[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AuditLine)
}

async function post(server: ServerProcess, path: string, body: unknown, requestId: string): Promise<{ readonly id: string }> {
  const response = await fetch(`${server.url}/openshift/v1/vdc-1/tasks${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  return ((await response.json()) as { task: { id: string } }).task
}

test('has who changed what, from which status to which, and in which call', async () => {
  const path = join(temporaryDirectory(), 'audit.log')
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: path } })
  const { id } = await post(server, '', { command: 'c', metadata: { typeUrl: 'a/b', value: '' } }, 'r-1')
  await post(server, `/${id}:start`, {}, 'r-2')
  await post(server, `/${id}:complete`, {}, 'r-3')
  await fetch(`${server.url}/openshift/v1/vdc-1/tasks/${id}`, { method: 'DELETE', headers: { 'x-request-id': 'r-4' } })
  await fetch(`${server.url}/openshift/v1/vdc-1/tasks/${id}`)
  expect(await server.stop()).toBe(0)
  const common = { time: expect.stringMatching(/^\d{4}-.*Z$/) as string, event: 'task', instance: 'vdc-1', taskId: id, actor: 'anonymous' }
  expect(linesOf(path)).toEqual([
    { ...common, revision: '1', kind: 'CREATED', to: 'PENDING', requestId: 'r-1' },
    { ...common, revision: '2', kind: 'STARTED', from: 'PENDING', to: 'RUNNING', requestId: 'r-2' },
    { ...common, revision: '3', kind: 'SUCCEEDED', from: 'RUNNING', to: 'SUCCEEDED', requestId: 'r-3' },
    { ...common, revision: '4', kind: 'DELETED', from: 'SUCCEEDED', requestId: 'r-4' },
  ])
})

test('has what happens by itself: a lease that lapses, and parts that are cancelled with the whole', async () => {
  const path = join(temporaryDirectory(), 'audit.log')
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: path } })
  const leased = await post(server, '?leasePolicy.ttl=5s&leasePolicy.maxAttempts=1', { command: 'c' }, 'r-1')
  await post(server, `/${leased.id}:start`, {}, 'r-2')
  const whole = await post(server, '', { command: 'c', cancelSupported: true }, 'r-3')
  const part = await post(server, '', { command: 'c', parentTaskId: whole.id, cancelSupported: true }, 'r-4')
  await post(server, `/${whole.id}:cancel`, {}, 'r-5')
  await expect.poll(() => linesOf(path).find(({ taskId, to }) => taskId === leased.id && to === 'FAILED'), { timeout: 15_000 }).toMatchObject({
    actor: 'taskplane',
    from: 'RUNNING',
  })
  const ended = linesOf(path).filter(({ to }) => to === 'CANCELLED' || to === 'CANCEL_REQUESTED' || to === 'CANCELLING')
  expect(ended.map(({ taskId, requestId }) => [taskId, requestId])).toEqual(
    expect.arrayContaining([
      [whole.id, 'r-5'],
      [part.id, 'r-5'],
    ]),
  )
  const own = linesOf(path).find(({ actor }) => actor === 'taskplane')
  expect(own?.requestId).toBeUndefined()
  await server.stop()
})

test('under load has every revision once, also over a rotation', async () => {
  const path = join(temporaryDirectory(), 'audit.log')
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: path } })
  const client = new TaskplaneClient(server.addresses.grpc)
  const create = (index: number): Promise<Task> =>
    client.create({ serviceInstanceId: `vdc-${index % 3}`, task: Task.create({ command: 'c' }), requestId: '' })
  await Promise.all(Array.from({ length: 150 }, (_, index) => create(index)))
  renameSync(path, `${path}.1`)
  process.kill(server.pid, 'SIGHUP')
  await Promise.all(Array.from({ length: 150 }, (_, index) => create(index)))
  await expect.poll(() => existsSync(path)).toBe(true)
  client.close()
  expect(await server.stop()).toBe(0)
  const lines = [...linesOf(`${path}.1`), ...linesOf(path)]
  for (const instance of ['vdc-0', 'vdc-1', 'vdc-2']) {
    const revisions = lines.filter((line) => line.instance === instance).map(({ revision }) => Number(revision))
    expect(revisions).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  }
})

test('has every call that is denied: by whom, and what they asked for, also where they hear of nothing', async () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'audit.log')
  const signer = await newSigner('k')
  const server = await startServer(directory, { env: { ...keyFileVariables(directory, [signer]), TASKPLANE_AUDIT_LOG: path } })
  const call = async (requestId: string, path: string, token: string, method = 'GET'): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': requestId, 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/openshift/v1/${path}`, { method, headers, ...(method === 'POST' && { body: '{"command":"c"}' }) })
    return response.status
  }
  const reader = await sign(signer, { roles: ['reader'] })
  expect(await call('r-1', 'vdc-1/tasks/t', 'no-token')).toBe(401)
  expect(await call('r-2', 'vdc-1/tasks', reader, 'POST')).toBe(403)
  expect(await call('r-3', 'vdc-2/tasks/t', reader)).toBe(404)
  expect(await call('r-4', 'vdc-1/tasks/t', reader)).toBe(404)
  expect(await server.stop()).toBe(0)
  const read = 'openshift.v1.TaskService/GetTask'
  expect(linesOf(path)).toMatchObject([
    { event: 'denied', method: read, status: 'UNAUTHENTICATED', reason: 'NOT_AUTHENTICATED', requestId: 'r-1' },
    { event: 'denied', method: 'openshift.v1.TaskProducerService/CreateTask', status: 'PERMISSION_DENIED', instance: 'vdc-1', actor: 'alice', requestId: 'r-2' },
    { event: 'denied', method: read, status: 'NOT_FOUND', instance: 'vdc-2', actor: 'alice', requestId: 'r-3' },
  ])
  expect(linesOf(path)).toHaveLength(3)
  expect(readFileSync(path, 'utf8')).not.toMatch(/no-token|eyJ/)
  expect(server.log.filter(({ msg, level }) => msg === 'call' && level === 40).map(({ requestId }) => requestId)).toEqual(['r-1', 'r-2', 'r-3'])
})

test('has policies that are set', async () => {
  const path = join(temporaryDirectory(), 'audit.log')
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: path } })
  const client = new TaskProducerServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure())
  const request = SetRetentionPolicyRequest.create({ serviceInstanceId: 'vdc-1', retentionPolicy: { succeededAge: { seconds: 3600n, nanos: 0 } } })
  await new Promise((resolve) => client.setRetentionPolicy(request, resolve))
  client.close()
  await server.stop()
  expect(linesOf(path)).toMatchObject([{ event: 'policy', instance: 'vdc-1', actor: 'anonymous', method: 'openshift.v1.TaskProducerService/SetRetentionPolicy' }])
})

test('to standard output stands between the lines of the log', async () => {
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: '-' } })
  await post(server, '', { command: 'c' }, 'r-1')
  await server.stop()
  expect(server.log.filter((line) => 'event' in line)).toEqual([expect.objectContaining({ event: 'task', kind: 'CREATED', requestId: 'r-1' })])
})

test('that cannot be written is told of, and nobody waits for it', async () => {
  const server = await startServer(temporaryDirectory(), { env: { TASKPLANE_AUDIT_LOG: '/dev/full' } })
  await post(server, '', { command: 'c' }, 'r-1')
  await expect.poll(() => server.log.find(({ where }) => where === 'audit')).toMatchObject({ level: 50, msg: 'fault' })
  await post(server, '', { command: 'c' }, 'r-2')
  const text = await (await fetch(`http://${server.addresses.admin}/metrics`)).text()
  expect(valueIn(text, 'taskplane_faults_total{where="audit"}')).toBe(1)
  expect(await server.stop()).toBe(0)
})

test('that cannot be opened keeps the server from starting', async () => {
  const env = { TASKPLANE_GRPC_ADDRESS: '127.0.0.1:0', TASKPLANE_HTTP_ADDRESS: '127.0.0.1:0', TASKPLANE_ADMIN_ADDRESS: '127.0.0.1:0' }
  const path = join(temporaryDirectory(), 'missing', 'audit.log')
  const ended = await runTaskplane(['serve'], { env: { ...env, TASKPLANE_AUDIT_LOG: path, TASKPLANE_STORE: `sqlite:${join(temporaryDirectory(), 't.db')}` } })
  expect(ended.code).toBe(1)
  expect(ended.stdout).toContain(`--audit-log (TASKPLANE_AUDIT_LOG) ${path}`)
})
