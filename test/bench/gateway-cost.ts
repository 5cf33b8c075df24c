// What the gateway costs in process, in microseconds: run by hand after a build, `node dist/test/bench/gateway-cost.js`.
// Not a test: nothing here passes or fails.
import { Readable, Writable } from 'node:stream'
import { fromBinary, toJsonString } from '@bufbuild/protobuf'
import { ownDescriptorSet, ownSchema, typeSource } from '../../src/base/proto-json/type-source.js'
import { ProtoJson } from '../../src/base/proto-json/proto-json.js'
import { createGateway } from '../../src/gateway/gateway.js'
import type { GatewayHandler } from '../../src/gateway/gateway.js'
import type { GatewayRequest } from '../../src/gateway/http-message.js'
import type { Call } from '../../src/gateway/options.js'

const schema = ownSchema()
const json = new ProtoJson(typeSource(schema), { any: 'documented' })
const canonical = new ProtoJson(typeSource(schema))
const listType = schema.getMessage('openshift.v1.ListTasksResponse')!
const getType = schema.getMessage('openshift.v1.GetTaskResponse')!
const createType = schema.getMessage('openshift.v1.CreateTaskRequest')!

const task = {
  id: '5f0c1d52-6c62-4c0b-9f0e-0d5f9a7c2b11',
  serviceInstanceId: 'vdc-1',
  command: 'cluster.create',
  status: 'RUNNING',
  createdAt: '2026-01-01T00:00:00.123Z',
  createdBy: 'user-1',
  modifiedAt: '2026-01-01T00:00:01.456Z',
  metadata: { '@type': 'type.googleapis.com/openshift.v1.TaskResource', id: 'cluster-1', type: 'zone' },
  summary: 'Creating cluster one',
  service: 'clusters',
  resource: { id: 'c-1', type: 'cluster', name: 'one' },
  progressPercent: 40,
  startedAt: '2026-01-01T00:00:00.500Z',
  modifiedBy: 'worker-7',
  labels: { env: 'prod', team: 'core' },
  revision: '42',
  etag: '"42"',
}
const one = json.parse(getType, JSON.stringify({ task }))
const hundred = json.parse(listType, JSON.stringify({ tasks: Array.from({ length: 100 }, () => task), revision: '42' }))
const body = JSON.stringify({
  command: 'cluster.create',
  summary: 'Creating',
  labels: { env: 'prod' },
  metadata: { typeUrl: 'a/b', value: 'CgdjbHVzdGVy' },
})

async function* repeated(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 1000; i += 1) yield await Promise.resolve(one)
}

const call: Call = (method) => Promise.resolve({ message: method.name === 'ListTasks' ? hundred : one })
const gateway = createGateway({ descriptors: ownDescriptorSet(), json: { any: 'documented' }, call, compression: false })
const streaming = createGateway({
  descriptors: ownDescriptorSet(),
  json: { any: 'documented' },
  call: () => Promise.resolve({ message: repeated() }),
  compression: false,
})

/** One request through a handler, with no socket under it. */
function ask(handler: GatewayHandler, method: string, url: string, sent = ''): Promise<void> {
  const headers = sent === '' ? {} : { 'content-type': 'application/json', 'content-length': String(sent.length) }
  const request = Object.assign(Readable.from(sent === '' ? [] : [Buffer.from(sent)]), {
    method,
    url,
    headers,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    complete: true,
  }) as unknown as GatewayRequest
  return new Promise((resolve) => {
    const sink = new Writable({
      write: (_chunk, _encoding, done) => done(),
      final: (done) => {
        done()
        resolve()
      },
    })
    handler(request, Object.assign(sink, { statusCode: 0, headersSent: false, writeHead: () => undefined, addTrailers: () => undefined }))
  })
}

/** Median of several rounds, per run. */
async function measure(name: string, runs: number, run: () => unknown): Promise<void> {
  const rounds: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const started = performance.now()
    for (let i = 0; i < runs; i += 1) await run()
    rounds.push(((performance.now() - started) * 1000) / runs)
  }
  console.log(
    `${name.padEnd(52)} ${
      rounds
        .sort((a, b) => a - b)[3]
        ?.toFixed(1)
        .padStart(9) ?? ''
    } us`,
  )
}

console.log(`a task: ${one.length} bytes encoded, ${json.print(getType, one).length} of JSON`)
await measure('print one task', 5000, () => json.print(getType, one))
await measure('print 100 tasks', 200, () => json.print(listType, hundred))
await measure('  the same, with what is in each Any', 200, () => canonical.print(listType, hundred))
await measure('  the same by @bufbuild/protobuf', 50, () => toJsonString(listType, fromBinary(listType, hundred), { registry: schema }))
await measure('parse a CreateTaskRequest', 5000, () => json.parse(createType, `{"task":${body}}`))
await measure('GET of one task, through the handler', 3000, () => ask(gateway, 'GET', '/openshift/v1/vdc-1/tasks/t1'))
await measure('GET of 100 tasks, through the handler', 200, () =>
  ask(gateway, 'GET', '/openshift/v1/vdc-1/tasks?page_size=100&filter=status%3DRUNNING'),
)
await measure('POST of one task, through the handler', 3000, () => ask(gateway, 'POST', '/openshift/v1/vdc-1/tasks', body))
await measure('404, through the handler', 3000, () => ask(gateway, 'GET', '/nope'))
await measure('a stream of 1,000 tasks, through the handler', 5, () => ask(streaming, 'GET', '/openshift/v1/vdc-1/tasks/t1'))
