// A tenant in a process of its own that asks for far more than its share while it is told to. Started by startNoisyTenant of noisy-process.ts.
import { setPriority } from 'node:os'
import { ChannelCredentials, Metadata, status, type ServiceError } from '@grpc/grpc-js'
import { GetTaskRequest, ListTasksRequest, TaskServiceClient, WatchTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { CallError } from '../../src/client/call-error.js'
import type { NoiseOrder, NoiseReport } from './noisy-process.js'
import { LatencyRecorder } from './latencies.js'

const [, , address = '', serviceInstanceId = '', perSecond = '', watches = ''] = process.argv
const CHANNELS = 20

// A tenant is on a machine of its own: what it does to itself must not take the processor from whom it is measured against.
setPriority(19)

const clients = Array.from({ length: CHANNELS }, (_, channel) => {
  return new TaskServiceClient(address, ChannelCredentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, channel })
})
const recorder = new LatencyRecorder()
let calls = 0
let withoutDelay = 0
let watchesRefused = 0

for (let watch = 0; watch < Number(watches); watch += 1) {
  const stream = clients[watch % CHANNELS]!.watchTasks(WatchTasksRequest.create({ serviceInstanceId }))
  stream.on('data', () => undefined).on('error', ({ code }: ServiceError) => (watchesRefused += code === status.RESOURCE_EXHAUSTED ? 1 : 0))
}

function call(): Promise<void> {
  const client = clients[calls % CHANNELS]!
  calls += 1
  return new Promise((resolve, reject) => {
    const settle = (error: ServiceError | null): void => {
      if (error === null) {
        resolve()
        return
      }
      const failure = CallError.from(error)
      if (failure.code === 'RESOURCE_EXHAUSTED' && failure.retryDelayMs === 0) withoutDelay += 1
      reject(failure)
    }
    const options = { deadline: Date.now() + 10_000 }
    if (calls % 10 === 0) client.listTasks(ListTasksRequest.create({ serviceInstanceId, pageSize: 1000 }), new Metadata(), options, settle)
    else client.getTask(GetTaskRequest.create({ serviceInstanceId, taskId: 'nobody' }), new Metadata(), options, settle)
  })
}

/** Milliseconds of noise that are made up for at once at most: a stall of this process is not to become a burst of its tenant. */
const OWED_MS = 20

let owed = 0
let last = performance.now()
let isLoud = false
setInterval(() => {
  const now = performance.now()
  owed += isLoud ? (Math.min(now - last, OWED_MS) / 1000) * Number(perSecond) : 0
  last = now
  for (; owed >= 1; owed -= 1) void recorder.measure(call)
}, 5)

process.on('message', (order: NoiseOrder) => {
  isLoud = order === 'begin'
  if (order !== 'report') return
  const report: NoiseReport = { ...recorder.latencies, withoutDelay, watchesRefused }
  process.send?.(report, () => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
process.send?.('connected')
