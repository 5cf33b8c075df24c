// Whether the server can serve, as probes and the health service tell it.
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
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PROBE_LIMITS.checkMs)
    })
    return Promise.race([this.asking, late]).finally(() => clearTimeout(timer))
  }
}
