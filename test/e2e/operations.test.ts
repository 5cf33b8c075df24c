// google.longrunning.Operations as Google's own client library sees them: google-gax, unmodified, with its own proto files.
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { packAny } from '../../src/base/any.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

/** What is used of google-gax. */
interface Gax {
  lro(options: object): { operationsClient(options: object): OperationsClient }
  grpc: { credentials: { createInsecure(): unknown } }
  operation(operation: object, descriptor: object, backoff: object): PolledOperation
  readonly LongrunningDescriptor: new (client: OperationsClient, response: Decoder, metadata: Decoder) => object
  createBackoffSettings(...milliseconds: number[]): object
}

type Decoder = (bytes: Uint8Array) => unknown

interface Operation {
  readonly name: string
  readonly done: boolean
  readonly error?: { readonly code: number; readonly message: string } | null
  readonly response?: { readonly type_url: string; readonly value: Uint8Array } | null
  readonly metadata: { readonly type_url: string; readonly value: Uint8Array }
}

interface OperationsClient {
  getOperation(request: { name: string }): Promise<[Operation]>
  listOperations(request: { name: string; filter?: string; pageSize?: number }): Promise<[Operation[]]>
  listOperationsAsync(request: { name: string; pageSize?: number }): AsyncIterable<Operation>
  cancelOperation(request: { name: string }): Promise<unknown>
  deleteOperation(request: { name: string }): Promise<unknown>
  close(): void
}

interface PolledOperation {
  promise(): Promise<[unknown, Task]>
  cancel(): Promise<unknown>
  on(event: 'progress', listener: (metadata: Task) => void): void
}

// It would look for the metadata of a cloud that is not there.
process.env['METADATA_SERVER_DETECTION'] = 'none'
// It comes as CommonJS, and its types ask for more than this project has.
const gax = createRequire(import.meta.url)('google-gax') as Gax & { readonly GrpcClient: new () => Gax }

const directory = suiteDirectory()
let server: ServerProcess
let producer: TaskplaneClient
let operations: OperationsClient

beforeAll(async () => {
  server = await startServer(directory())
  producer = new TaskplaneClient(server.addresses.grpc)
  const [servicePath, port] = server.addresses.grpc.split(':')
  const sslCreds = new gax.GrpcClient().grpc.credentials.createInsecure()
  operations = gax.lro({}).operationsClient({ servicePath, port: Number(port), sslCreds })
})

afterAll(async () => {
  operations.close()
  producer.close()
  expect(await server.stop()).toBe(0)
})

async function create(instance: string, more: Partial<Task> = {}): Promise<{ key: { serviceInstanceId: string; taskId: string }; name: string }> {
  const task = Task.create({ command: 'cluster.create', cancelSupported: true, ...more })
  const { id } = await producer.create({ serviceInstanceId: instance, task })
  return { key: { serviceInstanceId: instance, taskId: id }, name: `instances/${instance}/operations/${id}` }
}

async function get(name: string): Promise<Operation> {
  const [operation] = await operations.getOperation({ name })
  return operation
}

/** Polls as google-gax does, ten times as often. */
async function poll(name: string): Promise<PolledOperation> {
  const descriptor = new gax.LongrunningDescriptor(operations, (bytes) => Buffer.from(bytes), (bytes) => Task.decode(bytes))
  return gax.operation(await get(name), descriptor, gax.createBackoffSettings(10, 1.3, 100, 0, 0, 0, 20_000))
}

const RESULT = packAny(ErrorInfo, { reason: 'DONE', domain: 'test' })

describe('google-gax', () => {
  test('polls an operation to its end, with its progress on the way', async () => {
    const { key, name } = await create('polled')
    await producer.start(key)
    const polled = await poll(name)
    const seen = new Set<number | undefined>()
    const halfWay = new Promise<void>((resolve) => {
      polled.on('progress', ({ progressPercent }) => {
        seen.add(progressPercent)
        if (progressPercent === 50) resolve()
      })
    })
    const done = polled.promise()
    await producer.update({ ...key, task: Task.create({ progressPercent: 50 }) })
    await halfWay
    await producer.complete({ ...key, response: RESULT })
    const [response, metadata] = await done
    expect(Buffer.from(response as Uint8Array)).toEqual(Buffer.from(RESULT.value))
    expect(metadata).toMatchObject({ status: 'SUCCEEDED', progressPercent: 100 })
    expect(seen.has(50)).toBe(true)
  })

  test('gets the error of one that failed', async () => {
    const { key, name } = await create('failed')
    await producer.start(key)
    const refused = expect((await poll(name)).promise()).rejects.toMatchObject({ code: 13, message: 'disk is gone' })
    await producer.fail({ ...key, error: { code: 13, message: 'disk is gone', details: [] } })
    await refused
    const failed = await get(name)
    expect(failed).toMatchObject({ done: true, error: { code: 13 } })
    expect(failed.response ?? undefined).toBeUndefined()
  })

  test('gets an Empty response when the task has none', async () => {
    const { key, name } = await create('empty')
    await producer.start(key)
    const running = await get(name)
    expect(running).toMatchObject({ name, done: false, metadata: { type_url: 'type.googleapis.com/openshift.v1.Task' } })
    expect([running.error ?? undefined, running.response ?? undefined]).toEqual([undefined, undefined])
    await producer.complete(key)
    const done = await get(name)
    expect(done).toMatchObject({ done: true, response: { type_url: 'type.googleapis.com/google.protobuf.Empty' } })
    expect(done.error ?? undefined).toBeUndefined()
  })

  test('cancels: the error is 1 once the producer has agreed', async () => {
    const { key, name } = await create('cancelled')
    await producer.start(key)
    const cancelled = expect((await poll(name)).promise()).rejects.toMatchObject({ code: 1 })
    await operations.cancelOperation({ name })
    expect((await producer.get(key)).status).toBe('CANCELLING')
    expect((await get(name)).done).toBe(false)
    await producer.acknowledgeCancel(key)
    await cancelled
  })

  test('is told why it cannot cancel or delete', async () => {
    const { key, name } = await create('refused', { cancelSupported: false })
    await producer.start(key)
    await expect(operations.cancelOperation({ name })).rejects.toMatchObject({ code: 9, reason: 'NOT_SUPPORTED', domain: 'taskplane' })
    await expect(operations.deleteOperation({ name })).rejects.toMatchObject({ code: 9, reason: 'STATUS_NOT_ALLOWED' })
    await expect(operations.getOperation({ name: 'instances/refused' })).rejects.toMatchObject({ code: 3 })
    await expect(operations.getOperation({ name: 'instances/refused/operations/missing' })).rejects.toMatchObject({ code: 5 })
  })

  test('lists, page by page, and by filter', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, () => create('listed')))
    await producer.start(made[0]!.key)
    const names: string[] = []
    for await (const { name } of operations.listOperationsAsync({ name: 'instances/listed', pageSize: 3 })) names.push(name)
    expect(names.toSorted()).toEqual(made.map(({ name }) => name).toSorted())
    const [running] = await operations.listOperations({ name: 'instances/listed', filter: 'status = RUNNING' })
    expect(running.map(({ name }) => name)).toEqual([made[0]?.name])
  })

  test('deletes', async () => {
    const { name } = await create('deleted')
    await operations.deleteOperation({ name })
    await expect(operations.getOperation({ name })).rejects.toMatchObject({ code: 5, reason: 'TASK_DELETED' })
  })
})

describe('operations over REST', () => {
  async function call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const sent = { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body) }
    const response = await fetch(`${server.url}/v1/${path}`, sent)
    return { status: response.status, body: await response.json() }
  }

  test('are read, listed, waited for, cancelled and deleted', async () => {
    const { key, name } = await create('rest')
    await producer.start(key)
    expect(await call('GET', name)).toMatchObject({ status: 200, body: { name, metadata: {} } })
    expect(await call('GET', 'instances/rest/operations')).toMatchObject({ body: { operations: [{ name }] } })
    expect(await call('POST', `${name}:cancel`, {})).toEqual({ status: 200, body: {} })
    const waiting = call('POST', `${name}:wait`, { timeout: '20s' })
    await producer.acknowledgeCancel(key)
    expect(await waiting).toMatchObject({ status: 200, body: { name, done: true, error: { code: 1 } } })
    expect(await call('DELETE', name)).toEqual({ status: 200, body: {} })
    expect(await call('GET', name)).toMatchObject({ status: 404, body: { code: 5, details: [{ reason: 'TASK_DELETED' }, {}] } })
  })
})
