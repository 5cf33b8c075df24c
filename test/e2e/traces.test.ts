// Traces of a real server, as a collector gets them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { ChannelCredentials, Metadata } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { GetTaskRequest, TaskServiceClient } from '../../gen/openshift/v1/task_service.js'
import { LOG_LIMITS } from '../../src/limits.js'
import { PATIENT, startProcess, startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

interface SpanData {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status: { readonly code: number }
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: SpanData['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly SpanData[] }[]
  }[]
}

/** A receiver of OTLP/HTTP, and what it has received. */
async function startCollector(): Promise<{ endpoint: string; spans: SpanData[]; requests: ExportRequest[] }> {
  const spans: SpanData[] = []
  const requests: ExportRequest[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const received = body as ExportRequest
      if (request.url === '/v1/traces') requests.push(received)
      spans.push(...received.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`
const SERVER = 2
/** Limits of a server that waits for a collector that is slow. */
const PATIENT_WITH_SPANS = `${PATIENT},log.drainMs=10000`

test('a call over REST is a span, with those of the store inside, in the trace of its caller', async () => {
  const { endpoint, spans, requests } = await startCollector()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'tasks-of-mine' }
  const server = await startServer(temporaryDirectory(), { limits: PATIENT_WITH_SPANS, env })
  const created = await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: TRACEPARENT, 'x-request-id': 'r-1' },
    body: '{"command":"secret-command"}',
  })
  expect(created.ok).toBe(true)
  await fetch(`${server.url}/openshift/v1/vdc-1/tasks/missing`)
  expect(await server.stop()).toBe(0)
  const call = spans.find(({ name }) => name === 'openshift.v1.TaskProducerService/CreateTask')
  expect(call).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: SERVER })
  const attributes = Object.fromEntries(call?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [])
  expect(attributes).toEqual({ 'rpc.method': call?.name, 'rpc.response.status_code': 'OK', 'taskplane.request_id': 'r-1' })
  expect(spans.find(({ name }) => name === 'store.write')).toMatchObject({ traceId: TRACE, parentSpanId: call?.spanId })
  const get = spans.find(({ name }) => name === 'openshift.v1.TaskService/GetTask')
  expect(get?.parentSpanId ?? '').toBe('')
  expect(get?.traceId).not.toBe(TRACE)
  expect(spans.find(({ name }) => name === 'store.ready')).toMatchObject({ traceId: get?.traceId, parentSpanId: get?.spanId })
  // What nobody asked for is no trace.
  expect(spans.filter(({ name }) => name === 'store.check')).toEqual([])
  const service = requests[0]?.resourceSpans[0]?.resource.attributes.find(({ key }) => key === 'service.name')
  expect(service?.value.stringValue).toBe('tasks-of-mine')
  expect(JSON.stringify(requests)).not.toMatch(/secret-command|vdc-1|anonymous/)
})

test('a call over gRPC goes on with the trace in its metadata, also behind the gateway', async () => {
  const { endpoint, spans } = await startCollector()
  const server = await startServer(temporaryDirectory(), { limits: PATIENT_WITH_SPANS, env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } })
  const client = new TaskServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure())
  const metadata = new Metadata()
  metadata.set('traceparent', TRACEPARENT)
  const request = GetTaskRequest.create({ serviceInstanceId: 'vdc-1', taskId: 'missing' })
  await new Promise<void>((resolve) => client.getTask(request, metadata, () => resolve()))
  client.close()
  const gateway = await startProcess(['gateway', '--upstream', server.addresses.grpc, '--reflection'], { TASKPLANE_HTTP_ADDRESS: '127.0.0.1:0' })
  const other = TRACEPARENT.replace('0af', '1af')
  await fetch(`http://${String(gateway.ready['http'])}/openshift/v1/vdc-1/tasks/missing`, { headers: { traceparent: other } })
  await gateway.stop()
  await server.stop()
  const calls = spans.filter(({ name }) => name === 'openshift.v1.TaskService/GetTask')
  expect(calls.map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toEqual([
    [TRACE, PARENT],
    [TRACE.replace('0af', '1af'), PARENT],
  ])
})

test('a receiver that never answers keeps nobody waiting', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await once(silent, 'listening')
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const server = await startServer(temporaryDirectory(), { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } })
  for (let index = 0; index < 20; index += 1) await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)
  const began = performance.now()
  expect(await server.stop()).toBe(0)
  expect(performance.now() - began).toBeLessThan(LOG_LIMITS.drainMs + 6000)
})
