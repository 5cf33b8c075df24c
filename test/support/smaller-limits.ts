// Limits that are small enough to be reached in a test, or too large for it.
import { onTestFinished } from 'vitest'

/** Sets numbers of `limits` in this process until the running test ends. */
export function smallerLimits<Limits extends object>(limits: Limits, smaller: Partial<Record<keyof Limits, number>>): void {
  const before = { ...limits }
  Object.assign(limits, smaller)
  onTestFinished(() => {
    Object.assign(limits, before)
  })
}
