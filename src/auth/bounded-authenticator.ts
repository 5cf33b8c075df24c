// So many tokens are checked at once, and no more: a check costs as much as a call, or waits for an identity provider, and
// whoever asks for it need not be anybody.
import { CALL_LIMITS, JWT_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { Authenticator, Credentials } from './authenticator.js'

/** Asks another authenticator, about JWT_LIMITS.checks callers at once. */
export class BoundedAuthenticator implements Authenticator {
  private readonly asked: Authenticator
  private asking = 0

  constructor(asked: Authenticator) {
    this.asked = asked
  }

  /** Rejects as the other one does, and with RESOURCE_EXHAUSTED (TOO_MANY_CALLS) at once when it has enough to do. */
  async authenticate(credentials: Credentials): Promise<Caller> {
    if (this.asking >= JWT_LIMITS.checks) {
      const details = { retryDelayMs: CALL_LIMITS.retryDelayMs }
      throw new TaskError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', 'Too many credentials are being checked; nothing was done', details)
    }
    this.asking += 1
    try {
      return await this.asked.authenticate(credentials)
    } finally {
      this.asking -= 1
    }
  }
}
