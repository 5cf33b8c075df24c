// Clients of NetApp Astra against a real server: what producers write over gRPC and REST is what they read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOfList, faultsOfProblem, faultsOfTask } from '../http/astra/astra-schema.js'
import { ask, type HttpAnswer } from '../support/http-ask.js'
import { validateOpenApi } from '../support/openapi-document.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const ACCOUNT = 'fdaa655c-15ab-4d34-aa61-1e9098e67be0'
const USER = 'abda967f-cd2c-4237-908e-99266648c553'
const TASKS = `/accounts/${ACCOUNT}/core/v1/tasks`
const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** Writes as a producer; answers the task. */
async function produce(method: string, path: string, body: unknown): Promise<{ readonly id: string }> {
  const url = `${server.url}/openshift/v1/${ACCOUNT}/tasks${path}`
  const { json } = await ask(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return (json as { task: { id: string } }).task
}

/** Reads as the toolkit of NetApp does. */
function read(path: string, parameters: [name: string, value: string][] = []): Promise<HttpAnswer> {
  const query = new URLSearchParams(parameters).toString()
  const headers = { 'content-type': 'application/json', accept: '*/*' }
  return ask(`${server.url}${path}${query === '' ? '' : `?${query}`}`, { headers, body: '{}' })
}

test('a backup is followed from its first part to its end', async () => {
  const resource = { id: '736a0978-d55f-4841-8b7c-dc0c0f592c6f', uri: `/accounts/${ACCOUNT}/k8s/v1/apps/a` }
  const backup = await produce('POST', '', {
    command: 'astra.backup',
    summary: 'Backup',
    description: 'Task to take a Backup for an application',
    service: 'nautilus',
    createdBy: USER,
    resource,
    labels: { env: 'prod' },
    cancelSupported: true,
  })
  const part = await produce('POST', '', { command: 'astra.backup.prep', parentTaskId: backup.id })

  const states: unknown[] = []
  const look = async (): Promise<unknown> => {
    const { status, json } = await read(`${TASKS}/${backup.id}`)
    expect([status, faultsOfTask(json)]).toEqual([200, []])
    states.push((json as { state: unknown }).state)
    return json
  }
  expect(await look()).toMatchObject({ name: 'astra.backup', service: 'nautilus', userID: USER, resourceID: resource.id })
  await produce('POST', `/${backup.id}:start`, {})
  await produce('PATCH', `/${backup.id}?update_mask=progress_percent`, { progressPercent: 40 })
  expect(await look()).toMatchObject({ percentDone: 40, startTime: expect.stringMatching(/Z$/) as string })
  await produce('POST', `/${backup.id}:complete`, {})
  expect(await look()).toMatchObject({ percentDone: 100, endTime: expect.stringMatching(/Z$/) as string })
  expect(states).toEqual(['notStarted', 'running', 'completed'])

  const list = await read(TASKS)
  expect(faultsOfList(list.json)).toEqual([])
  expect(list.json).toMatchObject({ items: [{ id: part.id, parentTaskID: backup.id }, { id: backup.id }], metadata: { count: 2 } })
  const found = await read(TASKS, [
    ['include', 'id,state,percentDone'],
    ['filter', `state in 'completed,failed'`],
    ['filter', `metadata.labels[*].name eq 'env',endTime gt '2020-01-01T00:00:00Z'`],
    ['limit', '5'],
  ])
  expect(found.json).toEqual({ items: [[backup.id, 'completed', 100]], metadata: {} })
})

test('a task that failed says why, and one that was cancelled says when', async () => {
  const failed = await produce('POST', '', { command: 'astra.restore' })
  await produce('POST', `/${failed.id}:fail`, { error: { code: 13, message: 'The bucket is gone' } })
  expect((await read(`${TASKS}/${failed.id}`)).json).toMatchObject({
    state: 'failed',
    stateDetails: [{ type: 'INTERNAL', title: 'The task failed', detail: 'The bucket is gone' }],
  })
  const cancelled = await produce('POST', '', { command: 'astra.restore', cancelSupported: true })
  await produce('POST', `/${cancelled.id}:cancel`, {})
  const { json } = await read(`${TASKS}/${cancelled.id}`)
  expect(faultsOfTask(json)).toEqual([])
  expect(json).toMatchObject({ state: 'cancelled', cancelTime: expect.stringMatching(/Z$/) as string })
})

test('errors are problems, and never those of another API', async () => {
  for (const path of [`${TASKS}/${USER}`, `${TASKS}/x`, `${TASKS}?limit=0`, '/accounts/x/core/v1/tasks', '/accounts/x']) {
    const { headers, json } = await ask(`${server.url}${path}`)
    expect([headers['content-type'], faultsOfProblem(json)]).toEqual(['application/problem+json', []])
  }
})

test('the document of the API is served, valid, and linked from the page of documents', async () => {
  const { status, json } = await ask(`${server.url}/openapi/astra.json`)
  expect([status, await validateOpenApi(json as object)]).toEqual([200, { version: '3.1', errors: [] }])
  expect((await ask(`${server.url}/docs`)).text).toContain('/openapi/astra.json')
})
