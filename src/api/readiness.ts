// Whether the server can serve, as probes and the health service tell it.
import { startPatientTimer } from '../base/patient-timer.js'
import { PROBE_LIMITS } from '../limits.js'

/** What readiness depends on. */
export class Readiness {
  private readonly check: () => Promise<void>
  private asking: Promise<boolean> | undefined

  /** `check` rejects when the server cannot serve now; it is not called while an earlier call is under way. */
  constructor(check: () => Promise<void>) {
    this.check = check
  }

  /** Whether the server can serve now. A check that takes longer than PROBE_LIMITS.checkMs has failed. */
  async isReady(): Promise<boolean> {
    this.asking ??= this.check()
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.asking = undefined))
    let stop: (() => void) | undefined
    const late = new Promise<boolean>((resolve) => {
      stop = startPatientTimer(PROBE_LIMITS.checkMs, () => resolve(false))
    })
    return Promise.race([this.asking, late]).finally(stop)
  }
}
