// One tenant asks for ten times its share: it is told to come again later, and another one is served as if it were alone, or
// nearly so. `npm run faults` does the same at the rates that a server comes with.
import { expect, test } from 'vitest'
import { expectInOneRound } from '../support/in-one-round.js'
import { middleOf } from '../support/latencies.js'
import { measureNeighbours } from '../support/noisy-neighbour.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Calls a second that a machine with other things to do can take ten times. */
const RATE = 40

test('a noisy tenant is refused, a quiet one served in three times the time that it takes alone', { timeout: 180_000 }, async () => {
  const server = await startServer(temporaryDirectory(), {
    limits: `shutdown.delayMs=0,shutdown.spreadMs=0,call.tenantRate=${RATE},call.tenantBurst=${RATE}`,
  })
  await expectInOneRound({ timesAsLong: 3 }, async () => {
    const { alone, beside, probes, noise } = await measureNeighbours({ address: server.addresses.grpc, rate: RATE, rounds: 5, ms: 2000 })
    for (const { failures, calls } of [...alone, ...beside, ...probes]) expect([failures, calls > 0]).toEqual([{}, true])
    expect(noise.failures['RESOURCE_EXHAUSTED'] ?? 0).toBeGreaterThan(RATE)
    expect(noise.withoutDelay).toBe(0)
    // Of those beyond tenantWatchers, and of those that came too fast.
    expect(noise.watchesRefused).toBeGreaterThanOrEqual(800)
    return { timesAsLong: middleOf(beside).p99 / middleOf(alone).p99 }
  })
  expect(await server.stop()).toBe(0)
})
