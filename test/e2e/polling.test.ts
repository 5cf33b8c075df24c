// Where and when callers are told to poll, through both doors; and the status monitor, asked well and badly.
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateTaskRequest, CreateTaskResponse } from '../../gen/openshift/v1/task_producer_service.js'
import { GetStatusMonitorRequest } from '../../gen/openshift/v1/status_monitor_service.js'
import { GetOperationRequest } from '../../gen/google/longrunning/operations.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(server.log.filter(({ level }) => level >= 40)).toEqual([])
  expect(await server.stop()).toBe(0)
})

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
  const sent = { method, headers: { 'content-type': 'application/json', ...headers }, body: body === undefined ? null : JSON.stringify(body) }
  return fetch(`${server.url}${path}`, sent)
}

async function create(path: string, task: object = { command: 'c' }): Promise<{ id: string; response: Response }> {
  const response = await ask('POST', path, task)
  const { task: created } = (await response.json()) as { task: { id: string } }
  return { id: created.id, response }
}

function said({ status, headers }: Response): unknown[] {
  return [status, headers.get('operation-location'), headers.get('retry-after'), headers.get('location')]
}

describe('a create over REST', () => {
  test('is accepted: it says where to look and when', async () => {
    const { id, response } = await create('/openshift/v1/accepted/tasks')
    expect(said(response)).toEqual([202, `/openshift/v1/accepted/tasks/${id}/monitor`, '1', null])
  })

  test('that is repeated is accepted again, and says nothing of when once the task has ended', async () => {
    const path = '/openshift/v1/repeated/tasks?requestId=one'
    const { id } = await create(path)
    await ask('POST', `/openshift/v1/repeated/tasks/${id}:cancel`, {})
    await ask('POST', `/openshift/v1/repeated/tasks/${id}:fail`, { error: { code: 13, message: 'broken' } })
    const again = await create(path)
    expect(again.id).toBe(id)
    expect(said(again.response)).toEqual([202, `/openshift/v1/repeated/tasks/${id}/monitor`, null, null])
  })

  test('that is refused says neither', async () => {
    expect(said(await ask('POST', '/openshift/v1/refused/tasks', {}))).toEqual([400, null, null, null])
  })

  test('names the host that the server was told of, and never that of the request', async () => {
    const told = await startServer(temporaryDirectory(), { publicUrl: 'https://tasks.example.com/api/' })
    const headers = { 'content-type': 'application/json', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const response = await fetch(`${told.url}/openshift/v1/told/tasks`, { method: 'POST', headers, body: '{"command":"c"}' })
    const { task } = (await response.json()) as { task: { id: string } }
    expect(response.headers.get('operation-location')).toBe(`https://tasks.example.com/api/openshift/v1/told/tasks/${task.id}/monitor`)
    expect(await told.stop()).toBe(0)
  })

  test('is all that is accepted: other methods answer 200', async () => {
    const { id } = await create('/openshift/v1/others/tasks', { command: 'c', cancelSupported: true })
    const task = `/openshift/v1/others/tasks/${id}`
    for (const [method, path, body] of [
      ['POST', `${task}:start`, {}],
      ['PATCH', task, { progressPercent: 1 }],
      ['GET', task, undefined],
      ['GET', `${task}/monitor`, undefined],
      ['GET', `/v1/instances/others/operations/${id}`, undefined],
      ['POST', `${task}:cancel`, {}],
      ['POST', `${task}:acknowledgeCancel`, {}],
      ['DELETE', task, undefined],
    ] as const) {
      const response = await ask(method, path, body)
      expect([method, path, response.status, response.headers.get('operation-location')]).toEqual([method, path, 200, null])
    }
  })
})

describe('metadata over gRPC', () => {
  /** The initial metadata of the answer to a call, and the answer. */
  function metadataOf(path: string, request: Uint8Array): Promise<{ metadata: Record<string, unknown>; answer: Buffer }> {
    const client = new Client(server.addresses.grpc, credentials.createInsecure())
    const same = (bytes: Buffer): Buffer => bytes
    return new Promise<{ metadata: Record<string, unknown>; answer: Buffer }>((resolve, reject) => {
      let metadata: Record<string, unknown> = {}
      const call = client.makeUnaryRequest(`/${path}`, same, same, Buffer.from(request), new Metadata(), {}, (error, answer) => {
        if (error === null && answer !== undefined) resolve({ metadata, answer })
        else reject(error ?? new Error('No answer'))
      })
      call.on('metadata', (received: Metadata) => (metadata = received.getMap()))
    }).finally(() => client.close())
  }

  test('says where and when to poll', async () => {
    const request = CreateTaskRequest.encode(CreateTaskRequest.fromPartial({ serviceInstanceId: 'grpc', task: { command: 'c' } })).finish()
    const { metadata, answer } = await metadataOf('openshift.v1.TaskProducerService/CreateTask', request)
    const id = CreateTaskResponse.decode(answer).task!.id
    expect(metadata).toMatchObject({ 'operation-location': `/openshift/v1/grpc/tasks/${id}/monitor`, 'retry-after': '1', 'x-http-code': '202' })
    const operation = GetOperationRequest.encode({ name: `instances/grpc/operations/${id}` }).finish()
    const monitor = GetStatusMonitorRequest.encode({ serviceInstanceId: 'grpc', taskId: id }).finish()
    for (const polled of [
      await metadataOf('google.longrunning.Operations/GetOperation', operation),
      await metadataOf('openshift.v1.StatusMonitorService/GetStatusMonitor', monitor),
    ]) {
      expect(polled.metadata).toMatchObject({ 'retry-after': '1' })
      expect(polled.metadata).not.toHaveProperty('x-http-code')
    }
  })
})

describe('a status monitor', () => {
  test('is not sent again to who has it, who still hears when to come again', async () => {
    const { response } = await create('/openshift/v1/known/tasks')
    const path = response.headers.get('operation-location')!
    const first = await ask('GET', path)
    const again = await ask('GET', path, undefined, { 'if-none-match': first.headers.get('etag')! })
    expect([again.status, again.headers.get('retry-after')]).toEqual([304, '1'])
  })

  test.each([
    ['a task that is missing', 'GET bad/tasks/missing/monitor', 404, { code: 5, reason: 'TASK_NOT_FOUND' }],
    ['an instance that cannot be', 'GET b%20d/tasks/a/monitor', 400, { code: 3, reason: 'INVALID_FIELD' }],
    ['a task that cannot be', 'GET bad/tasks/a%00/monitor', 400, { code: 3, reason: 'INVALID_FIELD' }],
    ['a parameter that is not known', 'GET bad/tasks/a/monitor?wait=1', 400, { code: 3, reason: 'UNKNOWN_PARAMETER' }],
    ['a method that it does not have', 'POST bad/tasks/a/monitor', 405, { code: 12, reason: 'METHOD_NOT_ALLOWED' }],
    ['a slash too many', 'GET bad/tasks/a/monitor/', 404, { code: 5, reason: 'UNKNOWN_PATH' }],
  ])('refuses %s as all of the contract does', async (_name, request, status, { code, reason }) => {
    const [method = '', path = ''] = request.split(' ')
    const response = await ask(method, `/openshift/v1/${path}`)
    expect([response.status, response.headers.get('content-type'), response.headers.get('retry-after')]).toEqual([status, 'application/json', null])
    const body = (await response.json()) as { code: number; details: object[] }
    expect([body.code, body.details[0]]).toMatchObject([code, { reason, domain: 'taskplane' }])
  })
})
