// A reader that takes nothing is let go, and costs little until then; others see everything meanwhile.
import { once } from 'node:events'
import { join } from 'node:path'
import { ChannelCredentials, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { TaskServiceClient, WatchTasksRequest, type WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { taskApi } from '../../src/api/task-api.js'
import { anonymousAuthenticator } from '../../src/auth/anonymous.js'
import { startGrpcServer } from '../../src/grpc/grpc-server.js'
import { TASK_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import { TaskService } from '../../src/task/task-service.js'
import { openClockedSqlite } from '../support/clocked-store.js'
import { errorInfo, type FailedCall } from '../support/error-info.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { create, INSTANCE } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const EVENTS = 400
const MIB = 1024 * 1024

function collect(stream: ClientReadableStream<WatchTasksResponse>): { revisions: bigint[]; ended: Promise<FailedCall> } {
  const revisions: bigint[] = []
  stream.on('data', ({ revision }: WatchTasksResponse) => revisions.push(revision))
  const ended = new Promise<FailedCall>((resolve) => stream.once('error', (error: ServiceError) => resolve(errorInfo(error))))
  return { revisions, ended }
}

test('a watcher that reads nothing is ended, and told where to go on', async () => {
  smallerLimits(WATCH_LIMITS, { stallMs: 4000 })
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const fault = (error: unknown): void => expect.fail(String(error))
  const tasks = new TaskService({ store, now: () => new Date(), report: fault })
  const dispatcher = new Dispatcher(anonymousAuthenticator, fault)
  const server = await startGrpcServer({ host: '127.0.0.1', port: 0 }, { methods: taskApi(tasks), dispatcher, reflection: undefined })
  const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(TASK_LIMITS.payloadBytes - 100) }
  for (let index = 0; index < EVENTS; index += 1) await store.write(create(`t${index}`, { metadata }))

  const address = `127.0.0.1:${server.port}`
  const request = WatchTasksRequest.create({ serviceInstanceId: INSTANCE, afterRevision: 0n })
  const proxy = await startTcpProxy(address)
  const stalledClient = new TaskServiceClient(proxy.address, ChannelCredentials.createInsecure())
  const healthyClient = new TaskServiceClient(address, ChannelCredentials.createInsecure())
  const stalled = stalledClient.watchTasks(request)
  const late = collect(stalled)
  await once(stalled, 'data')
  proxy.hold()
  const healthy = healthyClient.watchTasks(request)
  const seen = collect(healthy)
  while (seen.revisions.length < EVENTS) await once(healthy, 'data')
  expect(seen.revisions).toEqual(Array.from({ length: EVENTS }, (_, index) => BigInt(index + 1)))

  await expect.poll(() => tasks.load.watchers, { timeout: 15_000 }).toBe(1)
  proxy.release()
  const end = await late.ended
  expect(end).toEqual({ code: 'UNAVAILABLE', reason: 'WATCH_ENDED', metadata: { revision: String(late.revisions.at(-1)) } })
  expect(late.revisions).toEqual(late.revisions.map((_, index) => BigInt(index + 1)))
  // Windows and buffers on both sides, bufferBytes among them.
  expect(late.revisions.length * TASK_LIMITS.payloadBytes).toBeLessThan(8 * MIB)

  const stopping = dispatcher.stop()
  expect(await seen.ended).toMatchObject({ code: 'UNAVAILABLE', reason: 'WATCH_ENDED', metadata: { revision: String(EVENTS) } })
  await stopping
  expect(tasks.load).toEqual({ waiters: 0, watchers: 0 })
  stalledClient.close()
  healthyClient.close()
  proxy.close()
  server.close()
  await store.close()
})
