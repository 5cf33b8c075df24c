// How fast an instance may begin calls.
import { expect, test } from 'vitest'
import { CallRate } from '../../src/api/call-rate.js'
import { CALL_LIMITS } from '../../src/limits.js'

const { tenantRate, tenantBurst } = CALL_LIMITS
const INTERVAL_MS = 1000 / tenantRate

interface ClockedRate {
  readonly take: (instance: string) => number
}

function clocked(): { rate: ClockedRate; pass: (ms: number) => void } {
  const calls = new CallRate()
  let now = 1000
  return { rate: { take: (instance) => calls.take(instance, now) }, pass: (ms) => (now += ms) }
}

/** Begins calls until one is refused; how many began. */
function drain(rate: ClockedRate, instance: string): number {
  let begun = 0
  while (rate.take(instance) === 0) begun += 1
  return begun
}

test(`${tenantBurst} calls begin at once, then ${tenantRate} a second`, () => {
  const { rate, pass } = clocked()
  expect(drain(rate, 'a')).toBe(tenantBurst)
  expect(rate.take('a')).toBe(Math.ceil(INTERVAL_MS))
  pass(INTERVAL_MS - 0.001)
  expect(rate.take('a')).toBe(1)
  pass(0.001)
  expect(drain(rate, 'a')).toBe(1)
  pass(1000)
  expect(drain(rate, 'a')).toBe(tenantRate)
})

test('what was refused costs nothing, and a pause gives the burst back', () => {
  const { rate, pass } = clocked()
  drain(rate, 'a')
  for (let again = 0; again < 10_000; again += 1) rate.take('a')
  pass(tenantBurst * INTERVAL_MS)
  expect(drain(rate, 'a')).toBe(tenantBurst)
  pass(1_000_000)
  expect(drain(rate, 'a')).toBe(tenantBurst)
})

test('instances do not count for each other, and are not forgotten while they matter', () => {
  const { rate, pass } = clocked()
  drain(rate, 'a')
  expect(drain(rate, 'b')).toBe(tenantBurst)
  // Whenever others come, what is known of these is kept until it says nothing any more.
  for (let part = 0; part < 4; part += 1) {
    pass((tenantBurst * INTERVAL_MS) / 4)
    rate.take(`other ${part}`)
    expect(drain(rate, 'a')).toBe(tenantBurst / 4)
  }
})
