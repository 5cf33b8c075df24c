// One tenant asks for ten times its share: it is told to come again later, and another one is served. How fast it is served is
// for `npm run faults` to say: it takes a machine that does nothing else.
import { expect, test } from 'vitest'
import { measureNeighbours } from '../support/noisy-neighbour.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Calls a second that a machine with other things to do can take ten times. */
const RATE = 40

test('a noisy tenant is refused, a quiet one served', { timeout: 60_000 }, async () => {
  const server = await startServer(temporaryDirectory(), {
    limits: `shutdown.delayMs=0,shutdown.spreadMs=0,call.tenantRate=${RATE},call.tenantBurst=${RATE}`,
  })
  const { alone, beside, probes, noise } = await measureNeighbours({ address: server.addresses.grpc, rate: RATE, ms: 3000 })
  for (const { failures, calls } of [alone, beside, probes]) expect([failures, calls > 0]).toEqual([{}, true])
  expect(noise.failures['RESOURCE_EXHAUSTED'] ?? 0).toBeGreaterThan(RATE)
  expect(noise.withoutDelay).toBe(0)
  // Of those beyond tenantWatchers, and of those that came too fast.
  expect(noise.watchesRefused).toBeGreaterThanOrEqual(50)
  expect(await server.stop()).toBe(0)
})
