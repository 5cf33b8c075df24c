// A tenant that asks for ten times its share, and one beside it that does not.
import { setTimeout as pause } from 'node:timers/promises'
import { ChannelCredentials } from '@grpc/grpc-js'
import { HealthClient } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { WATCH_LIMITS } from '../../src/limits.js'
import { inTurns, type Latencies } from './latencies.js'
import { startNoisyTenant, type NoiseReport } from './noisy-process.js'

/** What the tenants and the prober saw. */
export interface NeighbourReport {
  /** Of the quiet tenant, before and beside the noise. */
  readonly alone: Latencies
  readonly beside: Latencies
  /** Of health checks beside the noise. */
  readonly probes: Latencies
  readonly noise: NoiseReport
}

const INSTANCE = 'quiet'
/** Milliseconds that the noise has to begin. */
const BEGIN_MS = 1500

/** What is measured. */
export interface NeighbourTest {
  /** `host:port` of gRPC. */
  readonly address: string
  /** Calls a second that a tenant may make. */
  readonly rate: number
  /** How long each measurement takes. */
  readonly ms: number
}

/** The noisy tenant makes ten times the calls that it may, and asks for 50 watches more; the quiet one makes at most 4/5 of its calls. */
export async function measureNeighbours({ address, rate, ms }: NeighbourTest): Promise<NeighbourReport> {
  const client = new TaskplaneClient(address)
  const health = new HealthClient(address, ChannelCredentials.createInsecure())
  let calls = 0
  const call = async (): Promise<void> => {
    calls += 1
    if (calls % 2 === 0) await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'c' }) })
    else await client.list({ serviceInstanceId: INSTANCE, pageSize: 20 })
  }
  const probe = (): Promise<unknown> =>
    new Promise((resolve, reject) => health.check({ service: '' }, (error, answer) => (error === null ? resolve(answer) : reject(error))))
  try {
    const quiet = { workers: 4, pauseMs: 5000 / rate }
    await inTurns({ ...quiet, ms: BEGIN_MS }, call)
    const alone = await inTurns({ ...quiet, ms }, call)
    const watches = WATCH_LIMITS.tenantWatchers + 50
    const silence = await startNoisyTenant({ address, instance: 'noisy', callsPerSecond: 10 * rate, watches })
    await pause(BEGIN_MS)
    const [beside, probes] = await Promise.all([inTurns({ ...quiet, ms }, call), inTurns({ workers: 1, pauseMs: 100, ms }, probe)])
    return { alone, beside, probes, noise: await silence() }
  } finally {
    client.close()
    health.close()
  }
}
