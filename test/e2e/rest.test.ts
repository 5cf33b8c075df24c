// The HTTP port, as callers of the documented API use it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

interface TaskJson {
  readonly [field: string]: unknown
  readonly id: string
  readonly etag: string
}

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/openshift/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function create(instance: string, task: object): Promise<TaskJson> {
  const { status, body } = await call('POST', `${instance}/tasks`, task)
  expect(status).toBe(200)
  return body['task'] as TaskJson
}

const METADATA = { typeUrl: 'type.googleapis.com/acme.v1.Cluster', value: Buffer.from('c-1').toString('base64') }

describe('the documented API', () => {
  test('lists nothing as an empty array', async () => {
    expect(await call('GET', 'nobody/tasks')).toEqual({ status: 200, body: { tasks: [] } })
  })

  test('counts tasks by status', async () => {
    const none = { total: '0', topLevel: '0', byStatus: {} }
    expect(await call('GET', 'counted/tasks:count')).toEqual({ status: 200, body: none })
    const { id } = await create('counted', { command: 'c' })
    await call('POST', `counted/tasks/${id}:start`, {})
    await create('counted', { command: 'c', parentTaskId: id })
    const some = { total: '2', topLevel: '1', byStatus: { PENDING: '1', RUNNING: '1' }, revision: '3' }
    expect(await call('GET', 'counted/tasks:count')).toEqual({ status: 200, body: some })
    expect((await call('GET', 'not%20one/tasks:count')).status).toBe(400)
  })

  test('shows a new task with the documented fields', async () => {
    const created = await create('documented', { command: 'cluster.create', createdBy: 'user-1', metadata: METADATA })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/) as string
    expect(created).toEqual({
      id: created.id,
      serviceInstanceId: 'documented',
      command: 'cluster.create',
      status: 'PENDING',
      createdAt: time,
      createdBy: 'user-1',
      modifiedAt: time,
      metadata: METADATA,
      modifiedBy: 'anonymous',
      revision: '1',
      etag: '"1"',
    })
    expect(await call('GET', `documented/tasks/${created.id}`)).toEqual({ status: 200, body: { task: created } })
    expect(await call('GET', 'documented/tasks')).toEqual({ status: 200, body: { tasks: [created], revision: '1' } })
  })

  test('shows the response of a task that succeeded, and the error of one that failed', async () => {
    const good = await create('endings', { command: 'c' })
    const bad = await create('endings', { command: 'c' })
    for (const { id } of [good, bad]) await call('POST', `endings/tasks/${id}:start`, {})
    const succeeded = await call('POST', `endings/tasks/${good.id}:complete`, { response: METADATA })
    expect(succeeded.body['task']).toMatchObject({ status: 'SUCCEEDED', response: METADATA, outcome: 'CLEAN', progressPercent: 100 })
    const error = { code: 13, message: 'disk is gone', details: [METADATA] }
    const failed = await call('POST', `endings/tasks/${bad.id}:fail`, { error })
    expect(failed.body['task']).toMatchObject({ status: 'FAILED', error })
    expect(failed.body['task']).not.toHaveProperty('response')
  })

  test('prints Any canonically on request, when its type is known', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'R', domain: 'd' }]
    const { id } = await create('canonical', { command: 'c', metadata: METADATA })
    await call('POST', `canonical/tasks/${id}:fail`, { error: { code: 2, message: 'm', details } })
    const headers = { accept: 'application/json;any=canonical' }
    const response = await fetch(`${server.url}/openshift/v1/canonical/tasks/${id}`, { headers })
    expect(await response.json()).toMatchObject({ task: { metadata: METADATA, error: { details } } })
  })
})

describe('producers over REST', () => {
  test('update by mask, by what is set, and by etag', async () => {
    const { id, etag } = await create('updates', { command: 'c', labels: { env: 'prod', zone: 'z1' } })
    const path = `updates/tasks/${id}`
    const first = await call('PATCH', path, { progressPercent: 40, etag })
    expect(first.body['task']).toMatchObject({ progressPercent: 40, labels: { env: 'prod', zone: 'z1' } })
    const second = await call('PATCH', `${path}?updateMask=labels.env,summary`, { labels: { env: 'test' }, summary: 's' })
    expect(second.body['task']).toMatchObject({ labels: { env: 'test', zone: 'z1' }, summary: 's' })
    const late = await call('PATCH', path, { progressPercent: 50, etag })
    expect(late).toMatchObject({ status: 409, body: { code: 10, details: [{ reason: 'ETAG_MISMATCH', metadata: { etag: '"3"' } }] } })
  })

  test('repeat a create safely', async () => {
    const path = 'repeated/tasks?requestId=r1'
    const first = await call('POST', path, { command: 'c' })
    expect(await call('POST', path, { command: 'c' })).toEqual(first)
    expect(await call('POST', path, { command: 'd' })).toMatchObject({ status: 409, body: { code: 6 } })
  })

  test('delete what has not begun or has ended', async () => {
    const { id } = await create('deletes', { command: 'c' })
    await call('POST', `deletes/tasks/${id}:start`, {})
    const refused = await call('DELETE', `deletes/tasks/${id}`)
    expect(refused).toMatchObject({ status: 400, body: { code: 9, message: 'Cannot delete a task that is RUNNING' } })
    await call('POST', `deletes/tasks/${id}:complete`, {})
    expect(await call('DELETE', `deletes/tasks/${id}`)).toEqual({ status: 200, body: {} })
    expect(await call('GET', `deletes/tasks/${id}`)).toMatchObject({ status: 404, body: { code: 5 } })
  })
})

describe('lists', () => {
  test('page, filter and sort', async () => {
    for (const command of ['a', 'b', 'c']) await create('listed', { command, labels: { of: command } })
    const commands = async (query: string): Promise<unknown[]> => {
      const { body } = await call('GET', `listed/tasks?${query}`)
      return (body['tasks'] as TaskJson[]).map((task) => task['command'])
    }
    expect(await commands('')).toEqual(['c', 'b', 'a'])
    expect(await commands('orderBy=created_at')).toEqual(['a', 'b', 'c'])
    expect(await commands(`filter=${encodeURIComponent('labels.of = "b"')}`)).toEqual(['b'])
    const { body } = await call('GET', 'listed/tasks?pageSize=2')
    expect(body['tasks']).toHaveLength(2)
    expect(await commands(`pageSize=2&pageToken=${String(body['nextPageToken'])}`)).toEqual(['a'])
  })
})

describe('HTTP', () => {
  test('names the methods of a path', async () => {
    const response = await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { method: 'PUT' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(['GET', 'POST']))
    expect(await response.json()).toMatchObject({ code: 12, details: [{ reason: 'METHOD_NOT_ALLOWED' }] })
  })

  test('answers HEAD like GET without a body', async () => {
    const response = await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test.each(['/', '/openshift', '/openshift/v1/vdc-1', '/openshift/v1/vdc-1/tasks/', '/openshift/v1//tasks', '/OPENSHIFT/v1/vdc-1/tasks'])(
    'serves nothing at %s',
    async (path) => {
      const response = await fetch(server.url + path)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 5, details: [{ reason: 'UNKNOWN_PATH', domain: 'taskplane' }] })
    },
  )
})
