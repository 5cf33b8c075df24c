// Bad input through every door: each kind gets its own clear error, and nothing is written.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CreateTaskRequest, FailTaskRequest } from '../../gen/openshift/v1/task_producer_service.js'
import { ListTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { CallError } from '../../src/client/call-error.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { rawCall } from '../support/raw-grpc.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  const client = new TaskplaneClient(server.addresses.grpc)
  const { tasks, revision } = await client.list({ serviceInstanceId: 'bad', pageSize: 0, pageToken: '', filter: '', orderBy: '' })
  client.close()
  expect({ tasks, revision }).toEqual({ tasks: [], revision: 0n })
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

interface Refusal {
  readonly status: number
  readonly code: number
  readonly reason: unknown
  readonly field: unknown
}

async function rest(method: string, path: string, body?: string | Uint8Array, type = 'application/json'): Promise<Refusal> {
  const response = await fetch(`${server.url}/openshift/v1/${path}`, {
    method,
    headers: { 'content-type': type },
    body: body === undefined ? null : Buffer.from(body),
  })
  const answer = (await response.json()) as { code: number; details: Record<string, unknown>[] }
  const [info, badRequest] = answer.details
  const violations = badRequest?.['fieldViolations'] as { field?: string }[] | undefined
  return { status: response.status, code: answer.code, reason: info?.['reason'], field: violations?.[0]?.field }
}

describe('REST', () => {
  const create = (body: string | Uint8Array, type?: string): Promise<Refusal> => rest('POST', 'bad/tasks', body, type)
  const withCommand = (rest: string): string => `{"command":"c",${rest}}`

  test.each([
    ['an unknown field', withCommand('"nothing":1'), 'INVALID_FIELD', 'task.nothing'],
    ['a wrong type', '{"command":7}', 'INVALID_FIELD', 'task.command'],
    ['a wrong type deep inside', withCommand('"resource":{"collectionUris":[7]}'), 'INVALID_FIELD', 'task.resource.collection_uris[0]'],
    ['a number for a string in a map', withCommand('"labels":{"env":7}'), 'INVALID_FIELD', 'task.labels.env'],
    ['a bad enum', withCommand('"status":"BUSY"'), 'INVALID_FIELD', 'task.status'],
    ['bad base64', withCommand('"metadata":{"typeUrl":"a/b.C","value":"!"}'), 'INVALID_FIELD', 'task.metadata.value'],
    ['a time that does not exist', withCommand('"createdAt":"2026-02-30T00:00:00Z"'), 'INVALID_FIELD', 'task.created_at'],
    ['a time out of range', withCommand('"createdAt":"10000-01-01T00:00:00Z"'), 'INVALID_FIELD', 'task.created_at'],
    ['a fraction for a whole number', withCommand('"progressPercent":1.5'), 'INVALID_FIELD', 'task.progress_percent'],
    ['a number out of range', withCommand('"progressPercent":101'), 'INVALID_FIELD', 'task.progress_percent'],
    ['a missing command', '{}', 'INVALID_FIELD', 'task.command'],
    ['half a document', '{"command":', 'MALFORMED_JSON', undefined],
    ['two documents', '{"command":"c"}{}', 'MALFORMED_JSON', undefined],
    ['an array', '[]', 'INVALID_FIELD', 'task'],
    ['nothing', '', 'INVALID_FIELD', 'task'],
    ['a key given twice', '{"command":"c","command":"d"}', undefined, undefined],
    ['a key of prototypes', withCommand('"labels":{"__proto__":"x"}'), 'INVALID_FIELD', 'task.labels'],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'JSON_TOO_DEEP', undefined],
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"command":"'), 0xff, ...Buffer.from('"}')]), 'MALFORMED_JSON', undefined],
  ])('%s', async (_name, body, reason, field) => {
    const refusal = await create(body)
    expect(refusal).toMatchObject({ status: 400, code: 3 })
    if (reason !== undefined) expect(refusal.reason).toBe(reason)
    if (field !== undefined) expect(refusal.field).toBe(field)
  })

  test.each([
    ['a negative page size', 'bad/tasks?pageSize=-1', 'INVALID_FIELD', 'page_size'],
    ['a page size that is no number', 'bad/tasks?pageSize=many', 'INVALID_PARAMETER', 'page_size'],
    ['a bad page token', 'bad/tasks?pageToken=nonsense', 'INVALID_PAGE_TOKEN', 'page_token'],
    ['a bad filter', 'bad/tasks?filter=status', 'INVALID_FILTER', 'filter'],
    ['a bad order', 'bad/tasks?orderBy=status', 'INVALID_FIELD', 'order_by'],
    ['an unknown parameter', 'bad/tasks?pagesize=1', 'UNKNOWN_PARAMETER', 'pagesize'],
    ['an id with a slash', 'bad/tasks/a%2Fb', 'INVALID_FIELD', 'task_id'],
    ['an id with NUL', 'bad/tasks/a%00b', 'INVALID_FIELD', 'task_id'],
    ['an instance with a blank', 'b%20ad/tasks', 'INVALID_FIELD', 'service_instance_id'],
    ['an id that is too long', `bad/tasks/${'a'.repeat(129)}`, 'INVALID_FIELD', 'task_id'],
  ])('%s', async (_name, path, reason, field) => {
    expect(await rest('GET', path)).toEqual({ status: 400, code: 3, reason, field })
  })

  test.each([
    ['invalid UTF-8 in the path', 'bad/tasks/%ff', 400, 'MALFORMED_PATH'],
    ['a broken escape in the path', 'bad/tasks/%zz', 400, 'MALFORMED_PATH'],
    ['a URL that is too long', `bad/tasks?filter=${'a'.repeat(8200)}`, 414, 'URL_TOO_LONG'],
    ['an empty id', 'bad/tasks/', 404, 'UNKNOWN_PATH'],
    ['an empty instance', '/tasks', 404, 'UNKNOWN_PATH'],
  ])('%s', async (_name, path, status, reason) => {
    expect(await rest('GET', path)).toMatchObject({ status, reason })
  })

  test('10 MB', async () => {
    expect(await create(`{"command":"${'c'.repeat(10_000_000)}"}`)).toMatchObject({ status: 413, code: 8, reason: 'BODY_TOO_LARGE' })
  })

  test('another type than JSON', async () => {
    expect(await create('command=c', 'application/x-www-form-urlencoded')).toMatchObject({
      status: 415,
      code: 3,
      reason: 'UNSUPPORTED_MEDIA_TYPE',
    })
  })

  test('what is not HTTP', async () => {
    const [host, port] = server.addresses.http.split(':')
    const socket = connect(Number(port), host)
    socket.end('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 3 })
  })
})

describe('gRPC', () => {
  const PRODUCER = 'openshift.v1.TaskProducerService'
  const created = CreateTaskRequest.encode(
    CreateTaskRequest.create({ serviceInstanceId: 'bad', task: Task.create({ command: 'c' }) }),
  ).finish()
  const time = new BinaryWriter().tag(1, WireType.Varint).int64(10n ** 15n).finish()
  const timedTask = new BinaryWriter().tag(3, WireType.LengthDelimited).string('c').tag(5, WireType.LengthDelimited).bytes(time).finish()
  const list = (part: Partial<ListTasksRequest>): Uint8Array =>
    ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId: 'bad', ...part })).finish()
  const fail = (code: number): Uint8Array =>
    FailTaskRequest.encode(
      FailTaskRequest.create({ serviceInstanceId: 'bad', taskId: 'x', error: { code, message: 'm', details: [] } }),
    ).finish()

  test.each([
    ['a truncated message', `${PRODUCER}/CreateTask`, created.subarray(0, -1), 'MALFORMED_MESSAGE', undefined],
    ['invalid UTF-8', `${PRODUCER}/CreateTask`, Buffer.from([0x0a, 1, 0xff]), 'INVALID_FIELD', 'service_instance_id'],
    [
      'a time out of range',
      `${PRODUCER}/CreateTask`,
      new BinaryWriter().tag(1, WireType.LengthDelimited).string('bad').tag(2, WireType.LengthDelimited).bytes(timedTask).finish(),
      'INVALID_FIELD',
      'task.created_at',
    ],
    ['nothing', `${PRODUCER}/CreateTask`, new Uint8Array(), 'INVALID_FIELD', 'service_instance_id'],
    ['an enum value that does not exist', `${PRODUCER}/CompleteTask`, Buffer.from([0x20, 99]), 'INVALID_FIELD', 'outcome'],
    ['an error that is OK', `${PRODUCER}/FailTask`, fail(0), 'INVALID_FIELD', 'error.code'],
    ['an error that does not exist', `${PRODUCER}/FailTask`, fail(17), 'INVALID_FIELD', 'error.code'],
    ['a negative page size', 'openshift.v1.TaskService/ListTasks', list({ pageSize: -1 }), 'INVALID_FIELD', 'page_size'],
    ['a bad page token', 'openshift.v1.TaskService/ListTasks', list({ pageToken: 'x' }), 'INVALID_PAGE_TOKEN', 'page_token'],
    ['an empty id', 'openshift.v1.TaskService/GetTask', list({}), 'INVALID_FIELD', 'task_id'],
  ])('%s', async (...[, path, bytes, reason, field]) => {
    const error = await rawCall(server.addresses.grpc, path, bytes).catch((thrown: unknown) => CallError.from(thrown as ServiceError))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason })
    expect((error as CallError).fields[0]?.field).toBe(field)
  })
})

test('2,000 faults in one request are answered at once, and the connection lives on', async () => {
  const client = new TaskplaneClient(server.addresses.grpc)
  const updateMask = Array.from({ length: 2000 }, (_, index) => `nothing.${index}.${'x'.repeat(90)}`)
  const update = { serviceInstanceId: 'bad', taskId: 'x', task: Task.create(), updateMask }
  for (let call = 0; call < 3; call += 1) {
    const error = await client.update(update).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD' })
    expect((error as CallError).fields.length).toBeGreaterThan(0)
    expect((error as CallError).message).toContain('(and 1999 more)')
  }
  const { tasks } = await client.list({ serviceInstanceId: 'bad', pageSize: 0, pageToken: '', filter: '', orderBy: '' })
  expect(tasks).toEqual([])
  client.close()
})

test('an Any of unknown type is no bad input: it is stored and shown', async () => {
  const metadata = { typeUrl: 'types.example.com/never.Heard', value: '/wAB' }
  const response = await fetch(`${server.url}/openshift/v1/good/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ command: 'c', metadata }),
  })
  expect(await response.json()).toMatchObject({ task: { metadata } })
})
