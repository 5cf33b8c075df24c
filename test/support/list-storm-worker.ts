// A storm of slow lists, in a thread of its own: 1,000 a second for as long as it is to last, however the earlier ones fare.
import { parentPort, workerData } from 'node:worker_threads'
import { ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { ListTasksRequest, TaskServiceClient } from '../../gen/openshift/v1/task_service.js'
import { CallError } from '../../src/client/call-error.js'
import { LatencyRecorder, type Latencies } from './latencies.js'

/** What the storm is made of. */
export interface StormData {
  /** `host:port` of gRPC. */
  readonly address: string
  readonly serviceInstanceId: string
  readonly filter: string
  readonly lists: number
}

/** How the lists fared. */
export interface StormReport {
  readonly answered: Latencies
  /** Those that were RESOURCE_EXHAUSTED and said when to come again. */
  readonly refused: Latencies
  /** How often each other end came. */
  readonly others: Readonly<Record<string, number>>
}

const { address, serviceInstanceId, filter, lists } = workerData as StormData
const CHANNELS = 20
const TICK_MS = 10
const PER_TICK = 10
const clients = Array.from({ length: CHANNELS }, (_, channel) => {
  return new TaskServiceClient(address, ChannelCredentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, channel })
})
const answered = new LatencyRecorder()
const refused = new LatencyRecorder()
const others: Record<string, number> = {}

function list(number: number): Promise<void> {
  const began = performance.now()
  return new Promise((resolve) => {
    // Each asks for something else: answers that were given are kept.
    const request = ListTasksRequest.create({ serviceInstanceId, filter: `${filter} AND created_by != "${number}"` })
    clients[number % CHANNELS]!.listTasks(request, new Metadata(), { deadline: Date.now() + 30_000 }, (error: ServiceError | null) => {
      const ms = performance.now() - began
      const failure = error === null ? undefined : CallError.from(error)
      if (failure === undefined) answered.add(ms)
      else if (failure.code === 'RESOURCE_EXHAUSTED' && failure.retryDelayMs > 0) refused.add(ms)
      else others[failure.code] = (others[failure.code] ?? 0) + 1
      resolve()
    })
  })
}

const running: Promise<void>[] = []
const timer = setInterval(() => {
  for (let i = 0; i < PER_TICK; i += 1) running.push(list(running.length))
  if (running.length < lists) return
  clearInterval(timer)
  void Promise.all(running).then(() => {
    parentPort?.postMessage({ answered: answered.latencies, refused: refused.latencies, others } satisfies StormReport)
    for (const client of clients) client.close()
  })
}, TICK_MS)
