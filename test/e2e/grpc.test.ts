// The gRPC port, as other services call it: with the generated client, and with one that only has the proto files.
import { Metadata, credentials, loadPackageDefinition, status, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { rawCall } from '../support/raw-grpc.js'

const directory = suiteDirectory()
let server: ServerProcess
let client: TaskplaneClient

beforeAll(async () => {
  server = await startServer(directory())
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  client.close()
  expect(await server.stop()).toBe(0)
})

const create = (instance: string, task: Partial<Task> = {}, requestId = ''): Promise<Task> =>
  client.create({ serviceInstanceId: instance, task: Task.create({ command: 'cluster.create', ...task }), requestId })

describe('a task', () => {
  test('lives from creation to its end', async () => {
    const serviceInstanceId = 'life'
    const metadata = { typeUrl: 'example.com/acme.Cluster', value: Buffer.from([1, 2, 3]) }
    const created = await create(serviceInstanceId, { metadata, labels: { env: 'prod' } })
    expect(created).toMatchObject({ status: 'PENDING', createdBy: 'anonymous', revision: 1n, metadata })
    expect(created.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const key = { serviceInstanceId, taskId: created.id, etag: '' }
    expect(await client.start(key)).toMatchObject({ status: 'RUNNING', revision: 2n })
    const task = Task.create({ progressPercent: 40 })
    expect(await client.update({ ...key, task, updateMask: ['progress_percent'] })).toMatchObject({ progressPercent: 40 })
    const response = { typeUrl: 'example.com/acme.Result', value: Buffer.from([4]) }
    const ended = await client.complete({ ...key, response, outcome: 'OUTCOME_UNSPECIFIED', statusDetails: [] })
    expect(ended).toMatchObject({ status: 'SUCCEEDED', outcome: 'CLEAN', progressPercent: 100, response, etag: '"4"' })
    expect(await client.get(key)).toEqual(ended)
    await expect(client.fail({ ...key, error: { code: 13, message: 'm', details: [] }, statusDetails: [] })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'STATUS_NOT_ALLOWED',
      message: 'Cannot fail a task that is SUCCEEDED',
    })
    await client.delete(key)
    await expect(client.get(key)).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'TASK_DELETED' })
  })

  test('of another instance is as one that does not exist', async () => {
    const { id } = await create('mine')
    const foreign = client.get({ serviceInstanceId: 'theirs', taskId: id }).catch((error: unknown) => error)
    const missing = client.get({ serviceInstanceId: 'mine', taskId: 'missing' }).catch((error: unknown) => error)
    expect(await foreign).toMatchObject({ code: 'NOT_FOUND', message: `Task ${id} was not found` })
    expect(await missing).toMatchObject({ code: 'NOT_FOUND', message: 'Task missing was not found' })
  })

  test('is made once by a request that is repeated', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => create('once', {}, 'r1')))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    await expect(create('once', { command: 'other' }, 'r1')).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'REQUEST_ID_REUSED',
    })
  })
})

describe('a list', () => {
  const list = (serviceInstanceId: string, more = {}): ReturnType<TaskplaneClient['list']> =>
    client.list({ serviceInstanceId, pageSize: 0, pageToken: '', filter: '', orderBy: '', ...more })

  test('of an instance without tasks is empty', async () => {
    expect(await list('nobody')).toEqual({ tasks: [], nextPageToken: '', revision: 0n })
  })

  test('is paged by default and coerces what is too much', async () => {
    await Promise.all(Array.from({ length: 60 }, () => create('paged')))
    const first = await list('paged')
    expect(first.tasks).toHaveLength(50)
    expect(first.revision).toBe(60n)
    const second = await list('paged', { pageToken: first.nextPageToken })
    expect(second).toMatchObject({ nextPageToken: '', revision: 60n })
    expect(second.tasks).toHaveLength(10)
    expect((await list('paged', { pageSize: 5000 })).tasks).toHaveLength(60)
    const ids = [...first.tasks, ...second.tasks].map(({ revision }) => revision)
    expect(ids).toEqual(ids.toSorted((a, b) => Number(b - a)))
  })

  test('shows every task that exists throughout exactly once while others come and go', async () => {
    const kept = await Promise.all(Array.from({ length: 40 }, () => create('busy', { labels: { kept: 'yes' } })))
    let busy = true
    const churn = Array.from({ length: 4 }, async () => {
      while (busy) {
        const { id } = await create('busy')
        await client.delete({ serviceInstanceId: 'busy', taskId: id, etag: '' })
      }
    })
    const seen: string[] = []
    let pageToken = ''
    do {
      const page = await list('busy', { pageSize: 3, pageToken })
      seen.push(...page.tasks.filter(({ labels }) => 'kept' in labels).map(({ id }) => id))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    busy = false
    await Promise.all(churn)
    expect(seen.toSorted()).toEqual(kept.map(({ id }) => id).toSorted())
  })

  test('refuses a token of another list', async () => {
    await Promise.all([create('tokens'), create('tokens')])
    const { nextPageToken } = await list('tokens', { pageSize: 1 })
    for (const [instance, more, reason] of [
      ['paged', { pageToken: nextPageToken }, 'PAGE_TOKEN_MISMATCH'],
      ['tokens', { pageToken: nextPageToken, filter: 'status = PENDING' }, 'PAGE_TOKEN_MISMATCH'],
      ['tokens', { pageToken: nextPageToken, orderBy: 'modified_at' }, 'PAGE_TOKEN_MISMATCH'],
      ['tokens', { pageToken: 'nonsense' }, 'INVALID_PAGE_TOKEN'],
    ] as const) {
      await expect(list(instance, more)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason })
    }
  })
})

describe('the call itself', () => {
  test('ends by its deadline', async () => {
    const error = await rawCall(server.addresses.grpc, 'openshift.v1.TaskService/GetTask', new Uint8Array(), {
      deadline: Date.now() - 1,
    }).catch((thrown: unknown) => thrown as ServiceError)
    expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED })
  })

  test.each(['openshift.v1.TaskService/Nothing', 'openshift.v1.Nothing/GetTask'])('to %s is UNIMPLEMENTED', async (path) => {
    const error = await rawCall(server.addresses.grpc, path, new Uint8Array()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED })
  })

  test('a message over the limit is refused', async () => {
    const call = rawCall(server.addresses.grpc, 'openshift.v1.TaskService/GetTask', new Uint8Array(256 * 1024 + 1))
    await expect(call).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED })
  })
})

test('health answers for the server and each service', async () => {
  for (const service of ['', 'openshift.v1.TaskService', 'openshift.v1.TaskProducerService']) {
    const request = Buffer.from(service === '' ? [] : [0x0a, service.length, ...Buffer.from(service)])
    const answer = await rawCall(server.addresses.grpc, 'grpc.health.v1.Health/Check', request)
    expect([...answer]).toEqual([0x08, 1])
  }
})

test('a client with nothing but the proto files reads the same tasks', async () => {
  const { id } = await create('dynamic', { summary: 'seen by all' })
  const definition = loadSync('openshift/v1/task_service.proto', {
    includeDirs: ['proto', 'node_modules/google-gax/build/protos'],
    enums: String,
    longs: String,
  })
  const loaded = loadPackageDefinition(definition) as unknown as DynamicPackage
  const dynamic = new loaded.openshift.v1.TaskService(server.addresses.grpc, credentials.createInsecure())
  const answer = await new Promise((resolve, reject) => {
    dynamic.GetTask({ serviceInstanceId: 'dynamic', taskId: id }, new Metadata(), (error, response) => {
      if (error === null) resolve(response)
      else reject(error)
    })
  })
  dynamic.close()
  expect(answer).toMatchObject({ task: { id, status: 'PENDING', summary: 'seen by all', revision: '1' } })
})

type DynamicAnswer = (error: ServiceError | null, response: unknown) => void

interface DynamicPackage {
  readonly openshift: {
    readonly v1: {
      readonly TaskService: new (address: string, channel: ReturnType<typeof credentials.createInsecure>) => {
        GetTask(request: object, metadata: Metadata, answer: DynamicAnswer): void
        close(): void
      }
    }
  }
}
