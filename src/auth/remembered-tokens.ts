// Remembers for a moment whom a token is from: to check a signature costs as much as to answer a call, and callers show the
// same token with every call.
import { createHash } from 'node:crypto'
import { whenThere, type Soon } from '../base/soon.js'
import type { JWT_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import type { Authenticator, Credentials } from './authenticator.js'

/** The limits of this memory; part of JWT_LIMITS. */
export type TokenMemoryLimits = Readonly<Record<keyof Pick<typeof JWT_LIMITS, 'rememberMs' | 'remembered'>, number>>

interface Remembered {
  readonly caller: Caller
  /** By `performance.now()`. */
  readonly until: number
}

/** Asks another authenticator about tokens that it has not asked about lately. Refusals are not remembered. */
export class RememberedTokens implements Authenticator {
  private readonly asked: Authenticator
  private readonly limits: TokenMemoryLimits
  /** By digest, oldest first. */
  private readonly known = new Map<string, Remembered>()

  constructor(asked: Authenticator, limits: TokenMemoryLimits) {
    this.asked = asked
    this.limits = limits
  }

  authenticate(credentials: Credentials): Soon<Caller> {
    const [value, ...others] = credentials.authorization
    if (value === undefined || others.length > 0) return this.asked.authenticate(credentials)
    const digest = createHash('sha256').update(value).digest('base64')
    const remembered = this.known.get(digest)
    if (remembered !== undefined && performance.now() < remembered.until && Date.now() < remembered.caller.expiresAt) return remembered.caller
    this.known.delete(digest)
    return whenThere(this.asked.authenticate(credentials), (caller) => this.remember(digest, caller))
  }

  private remember(digest: string, caller: Caller): Caller {
    const [oldest] = this.known.keys()
    if (oldest !== undefined && this.known.size >= this.limits.remembered) this.known.delete(oldest)
    this.known.set(digest, { caller, until: performance.now() + this.limits.rememberMs })
    return caller
  }
}
