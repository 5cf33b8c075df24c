// Whoever waits or watches and leaves, in whatever way, leaves nothing behind.
import { ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskServiceClient, WaitTaskRequest, WatchTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { GRPC_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import { roundThatKeeps } from '../support/in-one-round.js'
import { startMeasuredServer, type Measure, type MeasuredServer } from '../support/server-under-measure.js'
import { startTcpProxy } from '../support/tcp-proxy.js'

const INSTANCE = 'leaks'
const ROUNDS = 32
const CALLS = GRPC_LIMITS.concurrentStreams / 2
const MIB = 1024 * 1024
/** All calls come from one service instance. */
const UNHURRIED = { 'call.tenantRate': 1_000_000, 'call.tenantBurst': 1_000_000 }

/** Milliseconds after which a call may end by itself; without an end when undefined. */
type Deadline = number | undefined

/** Opens as many waits and watches as one connection takes. */
class Callers {
  private readonly client: TaskServiceClient
  private readonly open: { cancel(): void }[] = []
  private readonly ends: Promise<number>[] = []
  /** Whether a call has ended. */
  isBroken = false

  constructor(address: string) {
    this.client = new TaskServiceClient(address, ChannelCredentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  }

  call(taskId: string, deadlineMs: Deadline): void {
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
    const request = { serviceInstanceId: INSTANCE, taskId }
    const watch = this.client.watchTasks(WatchTasksRequest.create(request), new Metadata(), options)
    watch.on('data', () => undefined)
    this.follow(new Promise((resolve) => watch.on('error', ({ code }: ServiceError) => resolve(code))))
    const waitRequest = WaitTaskRequest.create({ ...request, timeout: { seconds: 60n, nanos: 0 } })
    this.follow(
      new Promise((resolve) => {
        this.open.push(this.client.waitTask(waitRequest, new Metadata(), options, (error) => resolve(error?.code ?? 0)))
      }),
    )
    this.open.push(watch)
  }

  cancel(): void {
    for (const call of this.open) call.cancel()
  }

  async ended(): Promise<void> {
    await Promise.all(this.ends)
  }

  /** Cancels what is open, and closes. */
  leave(): void {
    this.cancel()
    this.close()
  }

  close(): void {
    this.client.close()
  }

  private follow(end: Promise<number>): void {
    this.ends.push(end)
    void end.then(() => (this.isBroken = true))
  }
}

async function runningTask(address: string): Promise<string> {
  const client = new TaskplaneClient(address)
  const { id } = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'c' }) })
  await client.start({ serviceInstanceId: INSTANCE, taskId: id })
  client.close()
  return id
}

const isFull = ({ load }: Measure): boolean => load.waiters === CALLS && load.watchers === CALLS
const isEmpty = ({ load, sockets }: Measure): boolean => load.waiters + load.watchers + sockets === 0

/** Opens calls, lets them go in a way of its own, and waits until the server knows. */
type LetGo = (server: MeasuredServer, taskId: string) => Promise<void>

async function open(callers: Callers, server: MeasuredServer, taskId: string, deadlineMs?: Deadline): Promise<void> {
  for (let call = 0; call < CALLS; call += 1) callers.call(taskId, deadlineMs)
  if (deadlineMs === undefined) expect(await server.until(isFull, 10_000)).toSatisfy(isFull)
}

const WAYS: Readonly<Record<string, LetGo>> = {
  async 'by cancelling'(server, taskId) {
    const callers = new Callers(server.address)
    await open(callers, server, taskId)
    callers.cancel()
    await callers.ended()
    callers.close()
  },
  async 'by their deadline'(server, taskId) {
    const callers = new Callers(server.address)
    await open(callers, server, taskId, 50 + Math.random() * 100)
    await callers.ended()
    callers.close()
  },
  async 'by a reset of the connection'(server, taskId) {
    const proxy = await startTcpProxy(server.address)
    const callers = new Callers(proxy.address)
    await open(callers, server, taskId)
    proxy.close()
    await callers.ended()
    callers.close()
  },
}

const HALF_OPEN: LetGo = async (server, taskId) => {
  const proxy = await startTcpProxy(server.address)
  // A machine that stalls cuts off who is only slow to answer.
  const opening = async (): Promise<{ callers: Callers; isOpen: boolean }> => {
    expect(await server.until(isEmpty, 20_000)).toSatisfy(isEmpty)
    const callers = new Callers(proxy.address)
    for (let call = 0; call < CALLS; call += 1) callers.call(taskId, undefined)
    const measure = await server.until((reached) => isFull(reached) || callers.isBroken, 20_000)
    const isOpen = isFull(measure)
    if (!isOpen) callers.leave()
    return { callers, isOpen }
  }
  const { callers, isOpen } = await roundThatKeeps((opened) => opened.isOpen, opening)
  expect(isOpen).toBe(true)
  proxy.silence()
  expect(await server.until(isEmpty, 20_000)).toSatisfy(isEmpty)
  callers.leave()
  proxy.close()
}

describe(`${2 * CALLS} calls that wait and watch leave`, () => {
  test.each([
    ...Object.entries(WAYS).map(([name, letGo]) => [name, letGo, ROUNDS, {}] as const),
    // Found before the test ends; a client may be cut off that is only busy.
    ['with a connection that stays open and silent', HALF_OPEN, 4, { 'grpc.keepaliveTimeMs': 1000, 'grpc.keepaliveTimeoutMs': 1000 }] as const,
  ])('%s', { timeout: 60_000 }, async (_name, letGo, rounds, limits) => {
    const server = await startMeasuredServer({ ...UNHURRIED, ...limits })
    const taskId = await runningTask(server.address)
    // The first rounds fill caches and compile code.
    for (let round = 0; round < 3; round += 1) await letGo(server, taskId)
    const before = await server.until(isEmpty, 10_000)
    for (let round = 0; round < rounds; round += 1) await letGo(server, taskId)
    const after = await server.until(isEmpty, 10_000)
    expect(after).toMatchObject({ load: { waiters: 0, watchers: 0 }, sockets: 0 })
    expect(after.heapBytes - before.heapBytes).toBeLessThan(3 * MIB)
  })
})

/** Milliseconds until all who wait for a task have heard of its end; what that reads is checked. */
async function answerAll(server: MeasuredServer): Promise<number> {
  const taskId = await runningTask(server.address)
  const start = (await server.measure()).calls
  const channels = WATCH_LIMITS.waiters / GRPC_LIMITS.concurrentStreams
  const clients = Array.from({ length: channels }, (_, index) => {
    return new TaskServiceClient(server.address, ChannelCredentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, channel: index })
  })
  const wait = (client: TaskServiceClient): Promise<string> =>
    new Promise((resolve) => {
      const request = WaitTaskRequest.create({ serviceInstanceId: INSTANCE, taskId, timeout: { seconds: 60n, nanos: 0 } })
      client.waitTask(request, new Metadata(), { deadline: Date.now() + 60_000 }, (error, answer) => {
        resolve(error === null ? String(answer.task?.status) : error.message)
      })
    })
  const waiting = clients.flatMap((client) => Array.from({ length: GRPC_LIMITS.concurrentStreams }, () => wait(client)))
  const before = await server.until(({ load }) => load.waiters === WATCH_LIMITS.waiters, 30_000)
  expect(before.load.waiters).toBe(WATCH_LIMITS.waiters)
  const producer = new TaskplaneClient(server.address)
  await expect(producer.wait({ serviceInstanceId: INSTANCE, taskId })).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_WAITING' })
  await producer.complete({ serviceInstanceId: INSTANCE, taskId })
  const began = performance.now()
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['SUCCEEDED']))
  const ms = performance.now() - began
  const { calls } = await server.measure()
  const { get = 0, events = 0 } = start
  expect((before.calls.get ?? 0) - get).toBe(1)
  expect((calls.get ?? 0) - get).toBe(1)
  expect((calls.events ?? 0) - events).toBeLessThanOrEqual(2)
  for (const client of [...clients, producer]) client.close()
  return ms
}

test(`${WATCH_LIMITS.waiters} calls wait for one task: one read, all answered within 2 s of its end`, { timeout: 60_000 }, async () => {
  const server = await startMeasuredServer({ ...UNHURRIED, 'watch.tenantWaiters': WATCH_LIMITS.waiters })
  expect(await roundThatKeeps((ms) => ms < 2000, () => answerAll(server))).toBeLessThan(2000)
})
