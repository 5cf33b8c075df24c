// A tenant that asks for ten times its share, beside one that does not, at the rates that a server comes with. Prints what it
// measures. Run by `npm run faults`.
import { expect, test } from 'vitest'
import { CALL_LIMITS } from '../../src/limits.js'
import { middleOf, type Latencies } from '../support/latencies.js'
import { measureNeighbours } from '../support/noisy-neighbour.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

test('the p99 of a quiet tenant is at most three times what it is without noise', async () => {
  const server = await startServer(temporaryDirectory(), { limits: 'shutdown.delayMs=0,shutdown.spreadMs=0' })
  const { alone, beside, probes, noise } = await measureNeighbours({ address: server.addresses.grpc, rate: CALL_LIMITS.tenantRate, rounds: 9, ms: 3000 })
  const ms = ({ p50, p99 }: Latencies): string => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  const { calls, failures } = noise
  console.log(`quiet tenant alone: ${ms(middleOf(alone))}; beside noise: ${ms(middleOf(beside))}; probes: ${ms(middleOf(probes))}; refused: ${failures['RESOURCE_EXHAUSTED']} of ${calls}`)
  for (const { failures: failed } of [...alone, ...beside, ...probes]) expect(failed).toEqual({})
  expect(noise.withoutDelay).toBe(0)
  expect(middleOf(beside).p99).toBeLessThan(3 * middleOf(alone).p99)
  expect(middleOf(probes).p99).toBeLessThan(200)
  expect(await server.stop()).toBe(0)
})
