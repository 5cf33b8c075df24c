// How fast one service instance may begin calls: a burst at once, then so many a second (GCRA: one time for each instance).
import { CALL_LIMITS } from '../limits.js'

/** What one service instance has left. */
interface Allowance {
  /** When its whole burst is there again. */
  wholeAt: number
}

/** The service instances that have begun calls a short while ago. */
export class CallRate {
  /** Those that are not here have their whole burst. */
  private recent = new Map<string, Allowance>()
  private older = new Map<string, Allowance>()
  private turnAt = 0

  /**
   * Counts a call of `instance`. Answers 0, or the milliseconds after which it could begin; then it is not counted. `now`:
   * milliseconds on any clock that does not go back.
   */
  take(instance: string, now: number): number {
    const intervalMs = 1000 / CALL_LIMITS.tenantRate
    const burstMs = intervalMs * CALL_LIMITS.tenantBurst
    this.forget(now, burstMs)
    const allowance = this.allowanceOf(instance)
    const wholeAt = Math.max(allowance.wholeAt, now) + intervalMs
    const waitMs = wholeAt - now - burstMs
    // Times of a fraction of a nanosecond are what floating point leaves over.
    if (waitMs > 1e-6) return Math.ceil(waitMs)
    allowance.wholeAt = wholeAt
    return 0
  }

  private allowanceOf(instance: string): Allowance {
    const known = this.recent.get(instance)
    if (known !== undefined) return known
    const allowance = this.older.get(instance) ?? { wholeAt: 0 }
    this.recent.set(instance, allowance)
    return allowance
  }

  /** Forgets who has had nothing to do for a whole burst, so that names that are made up do not stay. */
  private forget(now: number, burstMs: number): void {
    if (now < this.turnAt) return
    this.turnAt = now + burstMs
    this.older = this.recent
    this.recent = new Map()
  }
}
