// Requests that say two things, of which one is somebody else's: two instances, two verbs, two callers. A caller who may do
// everything in one service instance gets at nothing of another one.
import { deflateSync } from 'node:zlib'
import { Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { GetTaskRequest } from '../../gen/openshift/v1/task_service.js'
import { GetOperationRequest } from '../../gen/google/longrunning/operations.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { exchange, head } from '../support/raw-http1.js'
import { rawCall } from '../support/raw-grpc.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign } from '../support/tokens.js'

const OWN = 'vdc-own'
const FOREIGN = 'vdc-foreign'
const NOT_FOUND = 5

const directory = suiteDirectory()
let server: ServerProcess
let victim: TaskplaneClient
/** Of an admin of OWN. */
let token: string
/** A task of FOREIGN, which nothing here may show or change. */
let secret: Task

beforeAll(async () => {
  const signer = await newSigner('k')
  server = await startServer(directory(), { env: keyFileVariables(directory(), [signer]) })
  token = await sign(signer, { instances: [OWN], roles: ['admin'] })
  victim = new TaskplaneClient(server.addresses.grpc, { token: await sign(signer, { instances: [FOREIGN], roles: ['admin'] }) })
})

beforeEach(async () => {
  secret = await victim.create({ serviceInstanceId: FOREIGN, task: Task.create({ command: 'secret.command' }) })
})

afterAll(async () => {
  victim.close()
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

async function expectUntouched(): Promise<void> {
  const { tasks } = await victim.list({ serviceInstanceId: FOREIGN, pageSize: 1000 })
  expect(tasks.find(({ id }) => id === secret.id)).toEqual(secret)
  expect(tasks.map(({ command }) => command)).not.toContain('planted')
}

interface Sent {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(path: string, { method = 'GET', body, headers = {} }: Sent = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: body ?? null,
  })
  return { status: response.status, text: await response.text() }
}

const create = (body: string, query = ''): ReturnType<typeof ask> => ask(`/openshift/v1/${OWN}/tasks${query}`, { method: 'POST', body })

describe('an instance in the path, another one', () => {
  test.each([
    ['in the query', () => create('{"command":"planted"}', `?serviceInstanceId=${FOREIGN}`)],
    ['in the query, by its proto name', () => create('{"command":"planted"}', `?service_instance_id=${FOREIGN}`)],
    ['in the body', () => create(`{"command":"planted","serviceInstanceId":"${FOREIGN}"}`)],
    ['in the body, by its proto name', () => create(`{"command":"planted","service_instance_id":"${FOREIGN}"}`)],
    ['in the body of a cancel', () => ask(`/openshift/v1/${OWN}/tasks/${secret.id}:cancel`, { method: 'POST', body: `{"serviceInstanceId":"${FOREIGN}"}` })],
    ['in a query twice', () => ask(`/openshift/v1/${OWN}/tasks?serviceInstanceId=${OWN}&serviceInstanceId=${FOREIGN}`)],
    ['behind an encoded slash', () => ask(`/openshift/v1/${OWN}%2F..%2F${FOREIGN}/tasks`)],
    ['behind the end of a text', () => ask(`/openshift/v1/${FOREIGN}%00${OWN}/tasks`)],
  ])('%s', async (_where, send) => {
    const { status, text } = await send()
    expect(text).not.toContain('secret.command')
    // Either the whole is refused, or what the path says is done.
    if (status < 300) expect(text).not.toContain(FOREIGN)
    await expectUntouched()
  })

  test('as the parent of a task', async () => {
    const [foreign, missing] = await Promise.all([secret.id, 'no-such-task'].map((id) => create(`{"command":"planted","parentTaskId":"${id}"}`)))
    expect([foreign?.status, missing?.status]).toEqual([404, 404])
    expect(foreign?.text.replaceAll(secret.id, 'X')).toBe(missing?.text.replaceAll('no-such-task', 'X'))
    await expectUntouched()
  })

  test('in the name of an operation', async () => {
    for (const name of [
      `instances/${OWN}/operations/../../${FOREIGN}/operations/${secret.id}`,
      `instances/${OWN}/operations/${secret.id}`,
      `instances/${OWN},${FOREIGN}/operations/${secret.id}`,
      `instances/-/operations/${secret.id}`,
      `instances/${OWN}/operations/x\ninstances/${FOREIGN}/operations/${secret.id}`,
    ]) {
      const request = GetOperationRequest.encode(GetOperationRequest.create({ name })).finish()
      const metadata = new Metadata()
      metadata.set('authorization', `Bearer ${token}`)
      await expect(rawCall(server.addresses.grpc, 'google.longrunning.Operations/GetOperation', request, { metadata })).rejects.toMatchObject({
        code: expect.toSatisfy((code: number) => code === 3 || code === NOT_FOUND) as number,
      })
    }
  })

  test('in the same field of a message, whichever comes last', async () => {
    const get = (serviceInstanceId: string, taskId = ''): Buffer => Buffer.from(GetTaskRequest.encode(GetTaskRequest.create({ serviceInstanceId, taskId })).finish())
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${token}`)
    for (const message of [Buffer.concat([get(OWN), get(FOREIGN, secret.id)]), Buffer.concat([get(FOREIGN, secret.id), get(OWN)])]) {
      await expect(rawCall(server.addresses.grpc, 'openshift.v1.TaskService/GetTask', message, { metadata })).rejects.toMatchObject({ code: NOT_FOUND })
    }
  })
})

describe('headers that mean something elsewhere', () => {
  test.each(['x-http-method-override', 'x-http-method', 'x-method-override'])('%s: DELETE', async (name) => {
    const own = JSON.parse((await create('{"command":"c"}')).text) as { task: { id: string } }
    const path = `/openshift/v1/${OWN}/tasks/${own.task.id}`
    expect((await ask(path, { headers: { [name]: 'DELETE' } })).status).toBe(200)
    expect((await ask(path)).status).toBe(200)
  })

  test.each([
    ['x-original-url', () => `/openshift/v1/${FOREIGN}/tasks`],
    ['x-rewrite-url', () => `/openshift/v1/${FOREIGN}/tasks`],
    ['x-forwarded-host', () => `${FOREIGN}.example.com`],
    ['x-forwarded-user', () => 'admin'],
    ['x-goog-request-params', () => `service_instance_id=${FOREIGN}`],
    ['grpc-metadata-authorization', () => 'Bearer x'],
  ])('%s changes nothing', async (name, value) => {
    const { status, text } = await ask(`/openshift/v1/${OWN}/tasks`, { headers: { [name]: value() } })
    expect([status, text.includes('secret.command')]).toEqual([200, false])
    const anonymous = await fetch(`${server.url}/openshift/v1/${OWN}/tasks`, { headers: { [name]: value() } })
    expect(anonymous.status).toBe(401)
  })

  test('a certificate in a header is nobody', async () => {
    for (const name of ['x-forwarded-client-cert', 'x-ssl-client-cert', 'ssl-client-verify', 'proxy-authorization', 'cookie']) {
      expect((await fetch(`${server.url}/openshift/v1/${OWN}/tasks`, { headers: { [name]: `Bearer ${token}` } })).status).toBe(401)
    }
  })

  test('a token in the trailer of a body comes too late', async () => {
    const body = '2\r\n{}\r\n0\r\n'
    const request = head(`POST /openshift/v1/${OWN}/tasks/x:cancel`, 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Trailer: Authorization')
    expect(await exchange(server.addresses.http, `${request}${body}Authorization: Bearer ${token}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /)
  })

  test.each(['-1', '1e3', '99999999999999999999', '0x10', '1, 2', ''])('Last-Event-ID: %j is refused or a beginning, and no fault', async (id) => {
    const left = new AbortController()
    const response = await fetch(`${server.url}/openshift/v1/${OWN}/tasks:watch`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': id },
      signal: left.signal,
    })
    expect([200, 400]).toContain(response.status)
    left.abort()
  })

  test.each(['0n', '1n', '99999999H', '-1S', '1', 'S', '1S, 1S'])('grpc-timeout: %j ends the call or is refused', async (timeout) => {
    const { status } = await ask(`/openshift/v1/${OWN}/tasks`, { headers: { 'grpc-timeout': timeout } })
    expect([200, 400, 504]).toContain(status)
  })
})

describe('bodies that are more than they seem', () => {
  test.each(['deflate', 'gzip, gzip', 'br, gzip', 'zstd'])('128 MiB in %s', async (encoding) => {
    const bomb = deflateSync(Buffer.alloc(128 * 1024 * 1024, 0x20))
    const before = performance.now()
    const request = head(`POST /openshift/v1/${OWN}/tasks`, 'Content-Type: application/json', `Authorization: Bearer ${token}`, `Content-Encoding: ${encoding}`, `Content-Length: ${bomb.length}`)
    expect(await exchange(server.addresses.http, request, bomb)).toMatch(/^HTTP\/1\.1 4(?:00|13|15) /)
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('a key of JSON that is the same when it is read', async () => {
    expect((await create('{"command":"c","\\u0063ommand":"planted"}')).status).toBe(400)
    expect((await create('{"createdBy":"a","created_by":"planted","command":"c"}')).status).toBe(400)
  })

  test('fields that are not its sender\'s to set', async () => {
    const forged = JSON.parse((await create('{"command":"c","id":"mine","status":"SUCCEEDED","revision":"7","serviceInstanceId":"vdc-own"}')).text) as { task?: { status: string } }
    expect(forged.task?.status ?? 'refused').not.toBe('SUCCEEDED')
  })
})
