// How fast one service instance may begin calls: a burst at once, then so many a second (GCRA: one time for each instance).
import { CALL_LIMITS } from '../limits.js'

/** The service instances that have begun calls a short while ago. */
export class CallRate {
  private readonly now: () => number
  /** When the whole burst of an instance is there again; those that are not here have it. */
  private recent = new Map<string, number>()
  private older = new Map<string, number>()
  private turnAt = 0

  /** `now`: milliseconds on any clock that does not go back. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** Counts a call of `instance`. Answers 0, or the milliseconds after which it could begin; then it is not counted. */
  take(instance: string): number {
    const now = this.now()
    const intervalMs = 1000 / CALL_LIMITS.tenantRate
    const burstMs = intervalMs * CALL_LIMITS.tenantBurst
    this.forget(now, burstMs)
    const wholeAt = Math.max(this.recent.get(instance) ?? this.older.get(instance) ?? 0, now) + intervalMs
    const waitMs = wholeAt - now - burstMs
    // Times of a fraction of a nanosecond are what floating point leaves over.
    if (waitMs > 1e-6) return Math.ceil(waitMs)
    this.recent.set(instance, wholeAt)
    return 0
  }

  /** Forgets who has had nothing to do for a whole burst, so that names that are made up do not stay. */
  private forget(now: number, burstMs: number): void {
    if (now < this.turnAt) return
    this.turnAt = now + burstMs
    this.older = this.recent
    this.recent = new Map()
  }
}
