// `taskplane gateway` in front of a gRPC server, by each way to its schema.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CertificateMaker } from '../support/certificates.js'
import { runTaskplane } from '../support/program.js'
import { startProcess, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'

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

describe('with TLS', () => {
  const PATH = '/openshift/v1/vdc-1/tasks'

  /** The status of a list, and the serial number of the certificate that was shown. */
  function ask(http: string, ca: string): Promise<readonly [status: number | undefined, serial: string]> {
    return new Promise((resolve, reject) => {
      const sent = get(`https://${http}${PATH}`, { ca: readFileSync(ca), agent: false }, (response) => {
        const serial = response.socket instanceof TLSSocket ? response.socket.getPeerCertificate().serialNumber : ''
        response.resume()
        resolve([response.statusCode, serial])
      })
      sent.on('error', reject)
    })
  }

  test('it serves https only, takes new certificates while it runs, and reaches a server that has TLS', async () => {
    const maker = new CertificateMaker(temporaryDirectory())
    const authority = maker.authority('ca')
    const files = maker.server(authority)
    const secured = await startServer(temporaryDirectory(), { env: { TASKPLANE_TLS_CERT: files.cert, TASKPLANE_TLS_KEY: files.key } })
    const args = ['gateway', '--upstream', secured.addresses.grpc.replace('127.0.0.1', 'localhost'), '--upstream-ca', authority.cert, '--reflection']
    const gateway = await startProcess([...args, '--http-address', '127.0.0.1:0', '--tls-cert', files.cert, '--tls-key', files.key], {})
    const http = String(gateway.ready['http'])
    const [status, serial] = await ask(http, authority.cert)
    expect(status).toBe(200)
    await expect(fetch(`http://${http}${PATH}`)).rejects.toThrow()
    const next = maker.server(authority)
    copyFileSync(next.cert, files.cert)
    copyFileSync(next.key, files.key)
    process.kill(gateway.pid, 'SIGHUP')
    await expect.poll(async () => (await ask(http, authority.cert))[1]).not.toBe(serial)
    expect(await gateway.stop()).toBe(0)
    expect(await secured.stop()).toBe(0)
  })

  test('files of no use stay out while it runs, and are refused at the start', async () => {
    const maker = new CertificateMaker(temporaryDirectory())
    const authority = maker.authority('ca')
    const files = maker.server(authority)
    const args = ['gateway', '--upstream', upstream.addresses.grpc, '--reflection', '--http-address', '127.0.0.1:0']
    const gateway = await startProcess([...args, '--tls-cert', files.cert, '--tls-key', files.key], {})
    const http = String(gateway.ready['http'])
    writeFileSync(files.cert, 'nothing')
    process.kill(gateway.pid, 'SIGHUP')
    await expect.poll(() => JSON.stringify(gateway.log)).toContain(`Cannot use --tls-cert ${files.cert}`)
    expect((await ask(http, authority.cert))[0]).toBe(200)
    expect(await gateway.stop()).toBe(0)
    for (const [more, message] of [
      [['--tls-cert', files.cert, '--tls-key', files.key], `Cannot use --tls-cert ${files.cert}`],
      [['--tls-cert', files.cert], '--tls-cert and --tls-key go together'],
    ] as const) {
      const ended = await runTaskplane([...args, ...more])
      expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining(message)])
    }
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
