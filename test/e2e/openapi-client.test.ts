// A client that somebody else wrote, and that knows the server by its OpenAPI document only.
import { OpenAPIClientAxios, type Document, type OpenAPIClient } from 'openapi-client-axios'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { validateOpenApi } from '../support/openapi-document.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess
let document: Document
let client: OpenAPIClient

beforeAll(async () => {
  server = await startServer(directory())
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document
  const api = new OpenAPIClientAxios({ definition: document, withServer: { url: server.url } })
  client = await api.init()
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** Calls the operation of that id; resolves with the body of its answer. */
async function call(operationId: string, parameters: Record<string, string | number>, body?: object): Promise<Record<string, unknown>> {
  const answer = await client[operationId]!(parameters, body)
  return answer.data as Record<string, unknown>
}

test('the document is OpenAPI 3.1', async () => {
  expect(await validateOpenApi(document)).toEqual({ version: '3.1', errors: [] })
  expect(Object.keys(document.paths ?? {})).toContain('/v1/instances/{instances_id}/operations/{operations_id}')
})

test('it creates a task, gets it and finds it in a list', async () => {
  const instance = { service_instance_id: 'described' }
  const created = await call('TaskProducerService_CreateTask', { ...instance, requestId: 'one' }, { command: 'cluster.create' })
  const again = await call('TaskProducerService_CreateTask', { ...instance, requestId: 'one' }, { command: 'cluster.create' })
  expect(again).toEqual(created)
  const { id } = created['task'] as { id: string }
  expect(await call('TaskService_GetTask', { ...instance, task_id: id })).toEqual(created)
  await call('TaskProducerService_CreateTask', instance, { command: 'cluster.delete' })
  const list = await call('TaskService_ListTasks', { ...instance, filter: 'command = "cluster.create"', pageSize: 10 })
  expect(list['tasks']).toEqual([created['task']])
  const operation = await call('Operations_GetOperation', { instances_id: 'described', operations_id: id })
  expect(operation).toMatchObject({ name: `instances/described/operations/${id}`, done: false })
})

test('it is told of an error as the document says', async () => {
  const missing = call('TaskService_GetTask', { service_instance_id: 'described', task_id: 'missing' })
  await expect(missing).rejects.toMatchObject({ response: { status: 404, data: { code: 5, details: [{ reason: 'TASK_NOT_FOUND' }, {}] } } })
})
