// `taskplane gateway` in front of a gRPC server, by each way to its schema.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTaskplane } from '../support/program.js'
import { startProcess, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let upstream: ServerProcess

beforeAll(async () => {
  upstream = await startServer(directory())
})

afterAll(async () => {
  expect(await upstream.stop()).toBe(0)
})

const PROTOS = ['--proto-path', 'proto', '--proto-path', 'node_modules/google-gax/build/protos']
const NAMES = ['TaskService', 'TaskProducerService', 'StatusMonitorService']
const SERVICES = NAMES.flatMap((name) => ['--service', `openshift.v1.${name}`])
const FILES = ['task_service', 'task_producer_service', 'status_monitor_service'].map((name) => `openshift/v1/${name}.proto`)

describe.each([
  ['reflection', ['--reflection']],
  ['a descriptor set', ['--descriptor-set', 'gen/descriptor.binpb', ...SERVICES]],
  [
    'proto files',
    [...PROTOS, ...FILES.flatMap((file) => ['--proto', `proto/${file}`])],
  ],
  [
    'proto files by their import names',
    [...PROTOS, ...FILES.flatMap((file) => ['--proto', file])],
  ],
])('by %s', (_name, schema) => {
  test('serves the rules of the server as REST', async () => {
    const args = ['gateway', '--upstream', upstream.addresses.grpc, '--http-address', '127.0.0.1:0', ...schema]
    const gateway = await startProcess(args, {})
    const url = `http://${String(gateway.ready['http'])}`
    const created = await fetch(`${url}/openshift/v1/vdc-1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"command":"cluster.create"}',
    })
    const { task } = (await created.json()) as { task: { id: string } }
    expect([created.status, created.headers.get('retry-after')]).toEqual([202, '1'])
    const monitor = await fetch(new URL(created.headers.get('operation-location')!, url))
    expect([await monitor.json(), monitor.headers.get('retry-after')]).toMatchObject([{ id: task.id, status: 'NotStarted' }, '1'])
    const direct = await fetch(`${upstream.url}/openshift/v1/vdc-1/tasks/${task.id}`)
    expect(await direct.json()).toEqual({ task })
    const missing = await fetch(`${url}/openshift/v1/vdc-1/tasks/missing`)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ code: 5, details: [{ reason: 'TASK_NOT_FOUND', domain: 'taskplane' }, {}] })
    const watch = await fetch(`${url}/openshift/v1/vdc-1/tasks:watch?afterRevision=0`)
    const reader = watch.body!.getReader()
    const first = (await reader.read()) as { value?: Uint8Array }
    expect(Buffer.from(first.value ?? []).toString()).toContain('"kind":"CREATED"')
    await reader.cancel()
    expect(await gateway.stop()).toBe(0)
  })
})

test.each([
  ['no schema', []],
  ['two schemas', ['--reflection', '--descriptor-set', 'gen/descriptor.binpb']],
  ['a file that is no schema', ['--descriptor-set', 'package.json']],
  ['a proto that is not there', ['--proto', 'missing.proto', '--proto-path', 'proto']],
  ['a service that is not there', ['--descriptor-set', 'gen/descriptor.binpb', '--service', 'openshift.v1.Missing']],
  ['a bad address', ['--reflection', '--http-address', 'here']],
])('%s is refused', async (_name, args) => {
  const ended = await runTaskplane(['gateway', '--upstream', upstream.addresses.grpc, ...args])
  expect(ended.code).toBe(1)
  expect(ended.stdout.trim().split('\n')).toHaveLength(1)
})
