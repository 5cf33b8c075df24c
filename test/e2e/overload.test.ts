// More work than the server can do: it does what it can, refuses the rest at once, says when to come again, and its health
// is told all the while.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ChannelCredentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { HealthClient } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { expectInOneRound } from '../support/in-one-round.js'
import { inTurns, type Latencies } from '../support/latencies.js'
import type { StormData, StormReport } from '../support/list-storm-worker.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'stormy'
const TASKS = 12_000
const LISTS = 2000

/** How 2,000 lists fare, and checks of the health beside them. */
async function storm(address: string, round: number): Promise<{ readonly report: StormReport; readonly probes: Latencies }> {
  // No index helps here: every task is looked at.
  const workerData: StormData = { address, serviceInstanceId, filter: `resource.type = "nowhere-${round}"`, lists: LISTS }
  const worker = new Worker(new URL('../support/list-storm-worker.js', import.meta.url), { workerData })
  const reported = once(worker, 'message') as Promise<[StormReport]>
  const health = new HealthClient(address, ChannelCredentials.createInsecure())
  const check = (): Promise<void> =>
    new Promise((resolve, reject) => {
      health.check({ service: '' }, (error, answer) => (error === null && answer.status === 'SERVING' ? resolve() : reject(error ?? new Error('NOT_SERVING'))))
    })
  const probes = await inTurns({ workers: 1, pauseMs: 5, ms: 4000 }, check)
  const [report] = await reported
  health.close()
  return { report, probes }
}

test('under lists that take long, more are refused within 100 ms, and health is told within 200', { timeout: 120_000 }, async () => {
  const server = await startServer(temporaryDirectory())
  const client = new TaskplaneClient(server.addresses.grpc)
  const create = (): Promise<Task> => client.create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
  for (let made = 0; made < TASKS; made += 100) await Promise.all(Array.from({ length: 100 }, create))
  client.close()
  await expectInOneRound({ refusedP95: 100, healthP99: 200 }, async (round) => {
    const { report, probes } = await storm(server.addresses.grpc, round)
    // Every one was answered, or refused with the time after which to try again.
    expect(report.others).toEqual({})
    // How many of each depends on the machine: it did what it could, and this was more.
    expect(report.answered.calls).toBeGreaterThan(LISTS / 10)
    expect(report.refused.calls).toBeGreaterThan(LISTS / 100)
    expect(probes.failures).toEqual({})
    return { refusedP95: report.refused.p95, healthP99: probes.p99 }
  })
  expect(await server.stop()).toBe(0)
})
