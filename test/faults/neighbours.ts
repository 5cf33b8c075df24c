// A tenant that asks for ten times its share, beside one that does not, on a machine that does nothing else. Prints what it
// measures. Run by `npm run faults`.
import { expect, test } from 'vitest'
import { CALL_LIMITS } from '../../src/limits.js'
import { measureNeighbours } from '../support/noisy-neighbour.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

test('the p99 of a quiet tenant is at most three times what it is without noise', async () => {
  const server = await startServer(temporaryDirectory(), { limits: 'shutdown.delayMs=0,shutdown.spreadMs=0' })
  const { alone, beside, probes, noise } = await measureNeighbours({ address: server.addresses.grpc, rate: CALL_LIMITS.tenantRate, ms: 20_000 })
  const ms = ({ p50, p99 }: typeof alone): string => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  console.log(`quiet tenant alone: ${ms(alone)}; beside noise: ${ms(beside)}; probes: ${ms(probes)}; refused: ${noise.failures['RESOURCE_EXHAUSTED']} of ${noise.calls}`)
  expect([alone.failures, beside.failures, probes.failures]).toEqual([{}, {}, {}])
  expect(beside.p99).toBeLessThan(Math.max(3 * alone.p99, 20))
  expect(probes.p99).toBeLessThan(200)
  expect(noise.withoutDelay).toBe(0)
  expect(await server.stop()).toBe(0)
})
