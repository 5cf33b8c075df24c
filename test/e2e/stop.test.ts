// How a server leaves: not ready at once, with nothing lost that was begun, its streams bit by bit; and at once when asked twice.
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ChannelCredentials, type ServiceError } from '@grpc/grpc-js'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { HealthClient, type HealthCheckResponse } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskServiceClient, WatchTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { errorInfo, type FailedCall } from '../support/error-info.js'
import { expectInOneRound } from '../support/in-one-round.js'
import { runTaskplane } from '../support/program.js'
import { PATIENT, ROOMY, startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'vdc-1'
const create = (client: TaskplaneClient, requestId = ''): Promise<Task> =>
  client.create({ serviceInstanceId, requestId, task: Task.create({ command: 'c' }) })

interface Ended {
  readonly failure: FailedCall
  readonly at: number
}

/** Opens watches, each of which has said where it begins; the result resolves with how each has ended. */
async function openWatches(server: ServerProcess, count: number): Promise<{ clients: TaskServiceClient[]; ends: Promise<Ended[]> }> {
  const clients = Array.from({ length: Math.ceil(count / 90) }, (_, index) => {
    return new TaskServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, index })
  })
  const streams = Array.from({ length: count }, (_, index) => clients[index % clients.length]!.watchTasks(WatchTasksRequest.create({ serviceInstanceId })))
  const ends = streams.map(async (stream) => {
    const [error] = (await once(stream, 'error')) as [ServiceError]
    return { failure: errorInfo(error), at: performance.now() }
  })
  await Promise.all(streams.map((stream) => once(stream, 'data')))
  return { clients, ends: Promise.all(ends) }
}

describe('asked to stop by SIGTERM', () => {
  const DELAY_MS = 5000
  /** Long enough for ends to be told apart by a process that stands still meanwhile. */
  const SPREAD_MS = 5000
  const LIMITS = `shutdown.delayMs=${DELAY_MS},shutdown.spreadMs=${SPREAD_MS},${ROOMY}`

  test('a server is not ready at once, ends no call, and ends watches one by one with the revision to go on from', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory, { limits: LIMITS })
    const client = new TaskplaneClient(server.addresses.grpc)
    await create(client)
    const { clients, ends } = await openWatches(server, 150)
    // Nothing can be written for a while, so that calls are on their way when the signal comes.
    const database = new Database(join(directory, 'tasks.db'))
    database.exec('BEGIN IMMEDIATE')
    const inFlight = Array.from({ length: 100 }, (_, index) => create(client, `early-${index}`))
    await client.get({ serviceInstanceId, taskId: 'nobody' }).catch(() => undefined)
    const began = performance.now()
    const stopped = server.stop('SIGTERM')
    const readyz = async (): Promise<number> => (await fetch(`http://${server.addresses.admin}/readyz`)).status
    await expect.poll(readyz, { interval: 5 }).toBe(503)
    expect(performance.now() - began).toBeLessThan(DELAY_MS)
    const late = Array.from({ length: 50 }, (_, index) => create(client, `late-${index}`))
    database.exec('COMMIT')
    database.close()
    const tasks = await Promise.all([...inFlight, ...late])
    const answer = await fetch(`${server.url}/openshift/v1/${serviceInstanceId}/tasks?pageSize=1`)
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    const watched = await ends
    expect(await stopped).toBe(0)
    expect(performance.now() - began).toBeLessThan(DELAY_MS + SPREAD_MS + 10_000)
    const revision = String(tasks.length + 1)
    expect(new Set(watched.map(({ failure }) => JSON.stringify(failure)))).toEqual(
      new Set([JSON.stringify({ code: 'UNAVAILABLE', reason: 'WATCH_ENDED', metadata: { revision } })]),
    )
    const times = watched.map(({ at }) => at)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500)
    for (const one of [...clients, client]) one.close()
  })

  /** Milliseconds after the signal when the first probe was sent that found the server not ready. */
  async function sentToUnready(server: ServerProcess, began: number): Promise<number> {
    const sent = performance.now()
    const { status } = await fetch(`http://${server.addresses.admin}/readyz`)
    return status === 503 ? sent - began : sentToUnready(server, began)
  }

  test('a server is not ready 100 ms later, while it still takes calls', { timeout: 60_000 }, () =>
    expectInOneRound({ unreadyMs: 100 }, async () => {
      const server = await startServer(temporaryDirectory(), { limits: LIMITS })
      const client = new TaskplaneClient(server.addresses.grpc)
      const health = new HealthClient(server.addresses.grpc, ChannelCredentials.createInsecure())
      const watch = health.watch({ service: '' })
      const told = (): Promise<HealthCheckResponse[]> => once(watch, 'data') as Promise<HealthCheckResponse[]>
      const readyz = async (): Promise<number> => (await fetch(`http://${server.addresses.admin}/readyz`)).status
      expect([(await told())[0]?.status, await readyz()]).toEqual(['SERVING', 200])
      const changed = told()
      const began = performance.now()
      const stopped = server.stop('SIGTERM')
      const unreadyMs = await sentToUnready(server, began)
      expect(unreadyMs).toBeLessThan(DELAY_MS)
      expect((await changed)[0]?.status).toBe('NOT_SERVING')
      await create(client)
      watch.on('error', () => undefined).cancel()
      for (const one of [client, health]) one.close()
      expect(await stopped).toBe(0)
      return { unreadyMs }
    }))

  test('a server that is asked again ends at once, although its store does not answer', { timeout: 60_000 }, () =>
    expectInOneRound({ endedMs: 1000 }, async () => {
      const directory = temporaryDirectory()
      const server = await startServer(directory, { limits: LIMITS })
      const client = new TaskplaneClient(server.addresses.grpc)
      const { id } = await create(client)
      const database = new Database(join(directory, 'tasks.db'))
      database.exec('BEGIN IMMEDIATE')
      const writing = create(client).catch((error: unknown) => error)
      await client.get({ serviceInstanceId, taskId: id })
      const stopped = server.stop('SIGTERM')
      await expect.poll(() => server.log.at(-1)?.msg).toBe('stopping')
      const again = performance.now()
      process.kill(server.pid, 'SIGTERM')
      // By SIGKILL, of its own.
      expect(await stopped).toBe(null)
      const endedMs = performance.now() - again
      expect(await writing).toMatchObject({ code: 'UNAVAILABLE' })
      client.close()
      database.exec('COMMIT')
      database.close()
      const next = await startServer(directory)
      const reader = new TaskplaneClient(next.addresses.grpc)
      expect((await reader.list({ serviceInstanceId })).tasks.map((task) => task.id)).toContain(id)
      reader.close()
      expect(await next.stop()).toBe(0)
      return { endedMs }
    }))

  test('a server that cannot finish in drainMs and hardStopMs ends all the same', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory, { limits: `shutdown.delayMs=0,shutdown.spreadMs=0,shutdown.drainMs=300,shutdown.hardStopMs=600` })
    const client = new TaskplaneClient(server.addresses.grpc)
    const { id } = await create(client)
    const database = new Database(join(directory, 'tasks.db'))
    database.exec('BEGIN IMMEDIATE')
    const writing = create(client).catch(() => undefined)
    await client.get({ serviceInstanceId, taskId: id })
    const began = performance.now()
    // By SIGKILL, of its own.
    expect(await server.stop('SIGTERM')).toBe(null)
    expect(performance.now() - began).toBeGreaterThan(550)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(server.log.at(-1)?.msg).toBe('could not stop in time: ending')
    client.close()
    await writing
    database.close()
  })

  test('while it starts a server ends, and leaves a store that can be opened', async () => {
    const directory = temporaryDirectory()
    const any = '127.0.0.1:0'
    const env = { TASKPLANE_GRPC_ADDRESS: any, TASKPLANE_HTTP_ADDRESS: any, TASKPLANE_ADMIN_ADDRESS: any, TASKPLANE_STORE: `sqlite:${join(directory, 'tasks.db')}` }
    for (const afterMs of [0, 150, 250, 300, 350, 400, 500, 700]) {
      let asked = 0
      const onStart = (pid: number): void => {
        setTimeout(() => {
          asked = performance.now()
          process.kill(pid, 'SIGTERM')
        }, afterMs)
      }
      const { code, signal } = await runTaskplane(['serve', '--limits', 'shutdown.delayMs=0,shutdown.spreadMs=0'], { env, onStart })
      expect([code, signal]).toSatisfy(([exit, by]) => exit === 0 || by === 'SIGTERM')
      expect(performance.now() - asked).toBeLessThan(10_000)
    }
    const server = await startServer(directory)
    expect(await server.stop()).toBe(0)
  })
})

test('connections end when they are old: calls do not notice, and watches go on without a gap', async () => {
  const server = await startServer(temporaryDirectory(), { limits: `${PATIENT},grpc.connectionAgeMs=1000,grpc.connectionAgeGraceMs=4000` })
  const client = new TaskplaneClient(server.addresses.grpc)
  const reader = new TaskReader({ address: server.addresses.grpc, instance: serviceInstanceId })
  const enough = new AbortController()
  const seen: bigint[] = []
  const watching = (async () => {
    for await (const { event, revision } of reader.watch({ afterRevision: 0n, signal: enough.signal })) if (event !== undefined) seen.push(revision)
  })().catch((error: unknown) => expect(enough.signal.aborted, String(error)).toBe(true))
  const endsAt = performance.now() + 11_000
  let written = 0
  const write = async (worker: number): Promise<void> => {
    for (let call = 0; performance.now() < endsAt; call += 1) {
      const { id: taskId } = await create(client, `${worker}-${call}`)
      expect((await client.get({ serviceInstanceId, taskId })).id).toBe(taskId)
      written += 1
      await pause(5)
    }
  }
  await Promise.all(Array.from({ length: 10 }, (_, worker) => write(worker)))
  expect(written).toBeGreaterThan(100)
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(written)
  expect(seen).toEqual(Array.from({ length: written }, (_, index) => BigInt(index + 1)))
  enough.abort()
  await watching
  for (const one of [client, reader]) one.close()
  expect(await server.stop()).toBe(0)
})
