// A tenant that asks for ten times its share, and one beside it that does not.
import { setTimeout as pause } from 'node:timers/promises'
import { ChannelCredentials } from '@grpc/grpc-js'
import { HealthClient } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { inTurns, type Latencies } from './latencies.js'
import { startNoisyTenant, type NoiseReport } from './noisy-process.js'

/** What the tenants and the prober saw, in each round: a while of silence, and a while of noise. */
export interface NeighbourReport {
  /** Of the quiet tenant, without and beside the noise. */
  readonly alone: readonly Latencies[]
  readonly beside: readonly Latencies[]
  /** Of health checks beside the noise. */
  readonly probes: readonly Latencies[]
  readonly noise: NoiseReport
}

const INSTANCE = 'quiet'
/** Watches that the noisy tenant asks for. */
const WATCHES = 1000
/** Milliseconds that noise has to begin and to die away. */
const SETTLE_MS = 500

/** What is measured. */
export interface NeighbourTest {
  /** `host:port` of gRPC. */
  readonly address: string
  /** Calls a second that a tenant may make. */
  readonly rate: number
  /** How often silence and noise take turns: what else the machine has to do comes and goes too. */
  readonly rounds: number
  /** How long each turn takes. */
  readonly ms: number
}

/** The noisy tenant asks for 1,000 watches and makes ten times the calls that it may; the quiet one makes at most 4/5 of its calls. */
export async function measureNeighbours({ address, rate, rounds, ms }: NeighbourTest): Promise<NeighbourReport> {
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
  const quiet = { workers: 4, pauseMs: 5000 / rate, ms }
  const [alone, beside, probes]: [Latencies[], Latencies[], Latencies[]] = [[], [], []]
  try {
    const noisy = await startNoisyTenant({ address, instance: 'noisy', callsPerSecond: 10 * rate, watches: WATCHES })
    await inTurns(quiet, call)
    for (let round = 0; round < rounds; round += 1) {
      alone.push(await inTurns(quiet, call))
      noisy.begin()
      await pause(SETTLE_MS)
      const [loud, probed] = await Promise.all([inTurns(quiet, call), inTurns({ workers: 1, pauseMs: 100, ms }, probe)])
      beside.push(loud)
      probes.push(probed)
      noisy.pause()
      await pause(SETTLE_MS)
    }
    return { alone, beside, probes, noise: await noisy.report() }
  } finally {
    client.close()
    health.close()
  }
}
