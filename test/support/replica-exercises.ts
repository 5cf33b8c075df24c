// What several servers over one database have to stand, as often as a test has time for: short in the tests, long in the faults.
import { ChannelCredentials, status, type ServiceError } from '@grpc/grpc-js'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CreateTaskRequest, LeasePolicy, TaskProducerServiceClient, type CreateTaskResponse } from '../../gen/openshift/v1/task_producer_service.js'
import type { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { CallError } from '../../src/client/call-error.js'
import { TaskReader } from '../../src/client/task-reader.js'
import type { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { LEASE_LIMITS } from '../../src/limits.js'
import { fromMilliseconds } from '../../src/task/duration.js'
import type { StoredEvent } from '../../src/task/task-store.js'
import { followInto } from './follow-history.js'
import { violations, WatchHistory } from './history.js'
import type { TestDatabase } from './postgres-database.js'
import type { Replicas } from './replicas.js'
import { startTcpProxy } from './tcp-proxy.js'

const task = Task.create({ command: 'c' })

/** Instances that are tried side by side. */
const LANES = 10

/** What is written through one server is read through the others at once, as a task and in a list. */
export async function readAcross({ client }: Replicas, rounds: number): Promise<void> {
  const readInLane = async (lane: number): Promise<void> => {
    const serviceInstanceId = `read-across-${lane}`
    for (let round = lane; round < rounds; round += LANES) {
      const made = await client(round).create({ serviceInstanceId, task })
      const [read, page] = await Promise.all([
        client(round + 1).get({ serviceInstanceId, taskId: made.id }),
        client(round + 2).list({ serviceInstanceId, pageSize: 1 }),
      ])
      expect([read, page.tasks[0]]).toEqual([made, made])
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, lane) => readInLane(lane)))
}

/** Milliseconds of the leases in a race: the shortest there are. */
const TTL_MS = 5000
/** Races that are run side by side. */
const RACES = 100
const LOSSES = ['ABORTED', 'FAILED_PRECONDITION', 'NOT_FOUND']

/** How often each of those who ended a task did so; `taskplane` is the lease that lapsed. */
export type Winners = Readonly<Record<'complete' | 'cancel' | 'taskplane', number>>

/** Of those who end a task on all servers at once, its lapsing lease among them, one does, and it ends and is deleted once. */
export async function raceToTheEnd(replicas: Replicas, database: Pick<TestDatabase, 'run'>, rounds: number): Promise<Winners> {
  const winners = { complete: 0, cancel: 0, taskplane: 0 }
  for (let first = 0; first < rounds; first += RACES) {
    const races = Array.from({ length: Math.min(RACES, rounds - first) }, (_, index) => race(replicas, database, first + index))
    for (const winner of await Promise.all(races)) winners[winner] += 1
  }
  return winners
}

async function race({ client }: Replicas, database: Pick<TestDatabase, 'run'>, round: number): Promise<keyof Winners> {
  const serviceInstanceId = 'races'
  const leasePolicy = LeasePolicy.create({ ttl: fromMilliseconds(TTL_MS), maxAttempts: 1 })
  const { id: taskId } = await client(round).create({ serviceInstanceId, task: { ...task, cancelSupported: true }, leasePolicy })
  const key = { serviceInstanceId, taskId }
  const begun = await client(round).startWithLease({ ...key, owner: 'worker' })
  const { leaseToken } = begun
  // To acknowledge a cancel is one call, as to complete is, where the cancel came before.
  const isAsked = round % 2 === 1
  if (isAsked) await client(round + 1).cancel(key).catch(expectLoss)
  const toCancel = (): Promise<unknown> => (isAsked ? Promise.resolve() : client(round + 1).cancel(key))
  // Within the second after the lease has lapsed one of the servers looks.
  const lapse = begun.task.lease?.expiresAt?.getTime() ?? 0
  await pause(lapse - Date.now() + Math.random() * LEASE_LIMITS.sweepIntervalMs)
  const [complete, cancel] = await Promise.allSettled([
    client(round).complete({ ...key, leaseToken }),
    toCancel().then(() => client(round + 1).acknowledgeCancel({ ...key, leaseToken })),
    deleteOnceEnded(client(round + 2), key),
  ])
  for (const outcome of [complete, cancel]) if (outcome.status === 'rejected') expectLoss(outcome.reason)
  const events = await database.run<{ kind: string; actor: string }>(
    'SELECT kind, actor FROM task_event WHERE service_instance_id = $1 AND task_id = $2 ORDER BY revision',
    [serviceInstanceId, taskId],
  )
  const ends = events.filter(({ kind }) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(kind))
  expect(ends).toHaveLength(1)
  expect(events.slice(-2).map(({ kind }) => kind)).toEqual([ends[0]?.kind, 'DELETED'])
  const winners = Object.entries({ complete, cancel }).flatMap(([name, { status: outcome }]) => (outcome === 'fulfilled' ? [name] : []))
  if (ends[0]?.actor === 'taskplane') winners.push('taskplane')
  expect(winners).toHaveLength(1)
  return winners[0] as keyof Winners
}

/** Whoever comes after a task has ended is told so. */
function expectLoss(error: unknown): void {
  expect(LOSSES).toContain((error as CallError).code)
}

/** Tries to delete a task until it may: the moment it has ended. */
async function deleteOnceEnded(client: TaskplaneClient, key: { serviceInstanceId: string; taskId: string }): Promise<void> {
  for (;;) {
    try {
      await client.delete(key)
      return
    } catch (error) {
      expect((error as CallError).code).toBe('FAILED_PRECONDITION')
    }
    await pause(5)
  }
}

/** An answer that is lost after the commit leaves the outcome open; the same request, elsewhere, answers the same task. */
export async function loseAnswers({ servers, client }: Replicas, database: Pick<TestDatabase, 'run'>, rounds: number): Promise<void> {
  const serviceInstanceId = 'lost-answers'
  const proxy = await startTcpProxy(servers[0]!.addresses.grpc)
  // A client that does not try again by itself.
  const producer = new TaskProducerServiceClient(proxy.address, ChannelCredentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 100,
  })
  const send = (requestId: string): Promise<CreateTaskResponse> =>
    new Promise((resolve, reject) => {
      const request = CreateTaskRequest.create({ serviceInstanceId, task, requestId })
      producer.createTask(request, { deadline: Date.now() + 15_000 } as never, (error: ServiceError | null, answer: CreateTaskResponse) =>
        error === null ? resolve(answer) : reject(error),
      )
    })
  for (let round = 0; round < rounds; round += 1) {
    const requestId = `r${round}`
    await new Promise<void>((resolve, reject) => producer.waitForReady(Date.now() + 10_000, (error) => (error === undefined ? resolve() : reject(error))))
    proxy.hold()
    const lost = expect(send(requestId)).rejects.toMatchObject({ code: status.UNAVAILABLE })
    const made = (): Promise<{ task_id: string }[]> => database.run('SELECT task_id FROM create_request WHERE service_instance_id = $1 AND request_id = $2', [serviceInstanceId, requestId])
    await expect.poll(made, { interval: 5, timeout: 10_000 }).toHaveLength(1)
    proxy.reset()
    await lost
    const [first] = await made()
    expect((await client(round).create({ serviceInstanceId, task, requestId })).id).toBe(first?.task_id)
  }
  producer.close()
  proxy.close()
  expect((await client(1).count({ serviceInstanceId })).total).toBe(BigInt(rounds))
}

/** Readers whose connections are cut `cuts` times go on by themselves, on any server, and see every event once. */
export async function cutReaders({ servers, client }: Replicas, cuts: number): Promise<void> {
  const serviceInstanceId = 'cut-readers'
  const proxies = await Promise.all(servers.map(({ addresses }) => startTcpProxy(addresses.grpc)))
  const end = new AbortController()
  const seen: bigint[][] = proxies.map(() => [])
  const reading = proxies.map(async ({ address }, index) => {
    const reader = new TaskReader({ address, instance: serviceInstanceId })
    try {
      for await (const { event, revision } of reader.watch({ afterRevision: 0n, signal: end.signal })) if (event !== undefined) seen[index]?.push(revision)
    } catch (error) {
      if (!end.signal.aborted) throw error
    }
    reader.close()
  })
  let head = 0n
  for (let cut = 0; cut < cuts; cut += 1) {
    head = (await client(cut).create({ serviceInstanceId, task })).revision
    const index = cut % proxies.length
    const position = (): bigint => seen[index]?.at(-1) ?? 0n
    // Each has to have come on since it was cut the last time, or it would be the reconnecting that is tried.
    await expect.poll(position, { interval: 5, timeout: 20_000 }).toBeGreaterThanOrEqual(head - BigInt(proxies.length))
    proxies[index]?.reset()
  }
  for (const revisions of seen) await expect.poll(() => revisions.at(-1), { timeout: 20_000 }).toBe(head)
  end.abort()
  await Promise.all(reading)
  for (const proxy of proxies) proxy.close()
  for (const revisions of seen) expect(revisions).toEqual(Array.from({ length: Number(head) }, (_, index) => BigInt(index + 1)))
}

/** The times, in milliseconds and the shortest first, from a write through one server to what a watcher on another one sees. */
export async function newsTimes({ client }: Replicas, writes: number): Promise<number[]> {
  const serviceInstanceId = 'news'
  const times: number[] = []
  for (let write = 0; write < writes; write += 1) {
    const { revision: afterRevision } = await client(write).count({ serviceInstanceId })
    const stream = client(write).watch({ serviceInstanceId, afterRevision })
    const seen = new Promise<number>((resolve, reject) => {
      stream.on('data', ({ event }: WatchTasksResponse) => event !== undefined && resolve(performance.now()))
      stream.on('error', reject)
    })
    await client(write + 1).create({ serviceInstanceId, task })
    const written = performance.now()
    times.push((await seen) - written)
    stream.removeAllListeners('error').on('error', () => undefined)
    stream.cancel()
  }
  return times.toSorted((a, b) => a - b)
}

/** How much is written and watched at once. */
export interface Crowd {
  readonly writers: number
  readonly watchers: number
  readonly ms: number
}

/** Every promise of a watch holds for a crowd on all servers, and what watchers know is what the database has. */
export async function watchCrowd({ servers, client }: Replicas, database: Pick<TestDatabase, 'run'>, { writers, watchers, ms }: Crowd): Promise<number> {
  const serviceInstanceId = 'crowd'
  const addresses = servers.map(({ addresses: { grpc } }) => grpc)
  let isLast: (revision: bigint) => void = () => undefined
  const last = new Promise<bigint>((resolve) => (isLast = resolve))
  const histories = Array.from({ length: watchers }, (_, index) => new WatchHistory(index % 2 === 0 ? 0n : undefined))
  const following = histories.map((history, first) => followInto(history, { serviceInstanceId, addresses, first, last }))
  const endsAt = performance.now() + ms
  const write = async (index: number): Promise<void> => {
    while (performance.now() < endsAt) {
      const { id: taskId } = await client(index).create({ serviceInstanceId, task })
      await client(index + 1).start({ serviceInstanceId, taskId })
      await client(index + 2).complete({ serviceInstanceId, taskId })
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, index) => write(index)))
  isLast((await client(0).create({ serviceInstanceId, task })).revision)
  await Promise.all(following)
  const whole = histories[0]!
  const rows = await database.run<{ revision: string; encoded: Uint8Array }>(
    'SELECT revision, encoded FROM task_event WHERE service_instance_id = $1 ORDER BY revision',
    [serviceInstanceId],
  )
  const truth: StoredEvent[] = whole.answers.flatMap(({ revision, event, task: shown }) =>
    event === undefined || shown === undefined ? [] : [{ revision, taskId: shown.id, event, encoded: Task.encode(shown).finish(), previousRevision: undefined }],
  )
  expect(truth.map(({ encoded }) => Buffer.from(encoded))).toEqual(rows.map(({ encoded }) => encoded))
  for (const history of histories) expect(violations(history, { truth, concerns: () => true, table: whole.table() })).toEqual([])
  return truth.length
}
