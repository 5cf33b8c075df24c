// Somebody who means no harm, in a thread of its own: reads over both doors, and says at the end how long that took.
import { parentPort, workerData } from 'node:worker_threads'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { LatencyRecorder } from './latencies.js'

/** Where the server is. */
export interface BystanderData {
  readonly grpc: string
  readonly url: string
}

const { grpc, url } = workerData as BystanderData
const client = new TaskplaneClient(grpc)
const recorder = new LatencyRecorder()
const done = new AbortController()
parentPort?.once('message', () => done.abort())

async function readOverHttp(): Promise<void> {
  const response = await fetch(`${url}/openshift/v1/bystander/tasks`, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw Object.assign(new Error(await response.text()), { code: `HTTP ${response.status}` })
  await response.text()
}

const list = (): Promise<unknown> => client.list({ serviceInstanceId: 'bystander' })
// Connected before anything begins, as most clients are.
await Promise.all([list(), readOverHttp()])
parentPort?.postMessage('connected')
while (!done.signal.aborted) {
  await recorder.measure(list)
  await recorder.measure(readOverHttp)
  await new Promise((resolve) => setTimeout(resolve, 10))
}
client.close()
parentPort?.postMessage(recorder.latencies)
