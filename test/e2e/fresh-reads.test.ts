// Answers that are kept are never older than what was acknowledged before they were asked for.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const TTL = { seconds: 60n, nanos: 0 }
const WRITES = 150

interface TaskJson {
  readonly revision: string
  readonly lease: { readonly expiresAt: string }
}

describe.each([
  ['one process', '1'],
  ['workers, each of which keeps answers of its own', '3'],
])('of %s', (_name, workers) => {
  const directory = suiteDirectory()
  let server: ServerProcess
  let client: TaskplaneClient

  beforeAll(async () => {
    server = await startServer(directory(), { limits: 'call.tenantRate=100000,call.tenantBurst=100000', env: { TASKPLANE_WORKERS: workers } })
    client = new TaskplaneClient(server.addresses.grpc)
  })

  afterAll(async () => {
    client.close()
    expect(await server.stop()).toBe(0)
  })

  async function fetched(path: string, headers: Record<string, string> = {}): Promise<{ status: number; etag: string; body: { task?: TaskJson; tasks?: TaskJson[]; revision?: string } }> {
    const response = await fetch(`${server.url}/openshift/v1/${path}`, { headers })
    const text = await response.text()
    return { status: response.status, etag: response.headers.get('etag') ?? '', body: (text === '' ? {} : JSON.parse(text)) as { task?: TaskJson } }
  }

  /** A task with a lease, and the token of it. */
  async function started(serviceInstanceId: string): Promise<{ taskId: string; leaseToken: string }> {
    const { id: taskId } = await client.create({ serviceInstanceId, task: Task.create({ command: 'c' }), leasePolicy: { ttl: TTL, maxAttempts: 1 } })
    const { leaseToken } = await client.startWithLease({ serviceInstanceId, taskId, owner: 'me' })
    return { taskId, leaseToken }
  }

  /** Writes to one instance while many read it; each write is looked for in every form as soon as it is acknowledged. */
  async function writeAndLook(serviceInstanceId: string): Promise<void> {
    const { taskId, leaseToken } = await started(serviceInstanceId)
    let etags = { task: '', list: '' }
    for (let index = 0; index < WRITES; index += 1) {
      const task = { serviceInstanceId, taskId, leaseToken }
      const isRenewal = index % 3 === 0
      const renewed = isRenewal ? (await client.renewLease(task)).task : undefined
      const written = renewed ?? (await client.update({ ...task, task: Task.create({ progressPercent: index % 100 }), updateMask: ['progress_percent'] }))
      const [one, list, bytes, page] = await Promise.all([
        fetched(`${serviceInstanceId}/tasks/${taskId}`, { 'If-None-Match': etags.task }),
        fetched(`${serviceInstanceId}/tasks?pageSize=1`, { 'If-None-Match': etags.list }),
        client.get({ serviceInstanceId, taskId }),
        client.list({ serviceInstanceId, pageSize: 1 }),
      ])
      // The etag of a task is its revision, which a renewal does not change; that of a list changes with all that it shows.
      expect([one.status, list.status]).toEqual([isRenewal && index > 0 ? 304 : 200, 200])
      const expiresAt = written.lease?.expiresAt
      for (const json of [...(one.body.task === undefined ? [] : [one.body.task]), list.body.tasks![0]!]) {
        expect([json.revision, new Date(json.lease.expiresAt)]).toEqual([String(written.revision), expiresAt])
      }
      for (const shown of [bytes, page.tasks[0]!]) expect([shown.revision, shown.lease?.expiresAt]).toEqual([written.revision, expiresAt])
      expect([list.body.revision, page.revision]).toEqual([String(written.revision), written.revision])
      etags = { task: one.etag, list: list.etag }
    }
  }

  test('a read shows every write that was acknowledged before it', async () => {
    const instances = ['busy-1', 'busy-2', 'busy-3']
    let isWriting = true
    const crowd = Array.from({ length: 8 }, async (_, index) => {
      while (isWriting) await fetched(`${instances[index % 3]}/tasks?pageSize=1`)
    })
    await Promise.all(instances.map(writeAndLook))
    isWriting = false
    await Promise.all(crowd)
  })

  test('what has not changed is not sent again, and is once it has', async () => {
    const serviceInstanceId = 'quiet'
    const { taskId, leaseToken } = await started(serviceInstanceId)
    const paths = [`${serviceInstanceId}/tasks/${taskId}`, `${serviceInstanceId}/tasks`, `${serviceInstanceId}/tasks?pageSize=1&orderBy=modified_at`]
    const etags = await Promise.all(paths.map(async (path) => (await fetched(path)).etag))
    expect(new Set(etags).size).toBe(paths.length)
    const again = (): Promise<number[]> =>
      Promise.all(paths.map(async (path, index) => (await fetched(path, { 'If-None-Match': etags[index] ?? '' })).status))
    expect(await again()).toEqual([304, 304, 304])
    await client.create({ serviceInstanceId: 'another', task: Task.create({ command: 'c' }) })
    expect(await again()).toEqual([304, 304, 304])
    await client.complete({ serviceInstanceId, taskId, leaseToken })
    expect(await again()).toEqual([200, 200, 200])
  })

  test('a wrong request is refused, whatever its caller says that it has', async () => {
    const { etag } = await fetched('quiet/tasks')
    expect((await fetched('quiet/tasks?pageSize=-1', { 'If-None-Match': etag })).status).toBe(400)
    for (const tag of [etag, '*']) expect((await fetched('quiet/tasks?filter=nonsense', { 'If-None-Match': tag })).status).toBe(400)
    expect((await fetched('quiet/tasks/missing', { 'If-None-Match': '*' })).status).toBe(404)
  })
})
