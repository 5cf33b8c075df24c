// The keys of an identity provider, which may be down, slow or lying: fetched seldom, kept for long, and waited for only
// by those who cannot be answered otherwise.
import { errors, type JWTVerifyGetKey } from 'jose'
import { CALL_LIMITS, type JWT_LIMITS } from '../limits.js'
import { TaskError } from '../task/task-error.js'
import type { KeyFetch } from './key-fetch.js'
import { readKeySet, type SigningKeys } from './signing-keys.js'

/** The limits of remote keys; part of JWT_LIMITS. */
export type KeyLimits = Readonly<
  Record<keyof Pick<typeof JWT_LIMITS, 'keysFreshMs' | 'keysCooldownMs' | 'keysTimeoutMs' | 'keysStaleMs'>, number>
>

/** Keys that are fetched when they are needed. */
export class RemoteKeys implements SigningKeys {
  readonly find: JWTVerifyGetKey = (header, token) => this.keyOf(header, token)
  private readonly fetch: KeyFetch
  private readonly limits: KeyLimits
  private readonly report: (error: unknown) => void
  private loaded: { readonly keys: JWTVerifyGetKey; readonly at: number } | undefined
  private attempt: { readonly at: number; readonly done: Promise<boolean> } | undefined

  /** `report` hears of attempts that failed. */
  constructor(fetch: KeyFetch, limits: KeyLimits, report: (error: unknown) => void) {
    this.fetch = fetch
    this.limits = limits
    this.report = report
  }

  /** Fetches the keys before anybody asks for one. */
  async warmUp(): Promise<void> {
    await this.refresh()
  }

  private async keyOf(...token: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    const known = await this.current()
    try {
      return await known(...token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // It may be a new key; whoever names keys at random gets one fetch in each cooldown, and shares it with all others.
      if (!(await this.refresh())) throw unavailable()
      const { loaded } = this
      if (loaded === undefined || loaded.keys === known) throw error
      return loaded.keys(...token)
    }
  }

  /** The keys, if need be after fetching them; stale ones are fetched again behind the back of the call. */
  private async current(): Promise<JWTVerifyGetKey> {
    const age = performance.now() - (this.loaded?.at ?? -Infinity)
    if (age > this.limits.keysStaleMs) await this.refresh()
    else if (age > this.limits.keysFreshMs) void this.refresh()
    const { loaded } = this
    if (loaded === undefined || performance.now() - loaded.at > this.limits.keysStaleMs) throw unavailable()
    return loaded.keys
  }

  /** Whether the last attempt to fetch the keys went well; there is a new one when that was long enough ago. */
  private refresh(): Promise<boolean> {
    const now = performance.now()
    if (this.attempt === undefined || now - this.attempt.at >= this.limits.keysCooldownMs) {
      this.attempt = { at: now, done: this.load() }
    }
    return this.attempt.done
  }

  private async load(): Promise<boolean> {
    try {
      const text = await this.fetch(AbortSignal.timeout(this.limits.keysTimeoutMs))
      this.loaded = { keys: readKeySet(text), at: performance.now() }
      return true
    } catch (error) {
      this.report(error)
      return false
    }
  }
}

function unavailable(): TaskError {
  const message = 'Tokens cannot be checked at the moment; nothing was done'
  return new TaskError('UNAVAILABLE', 'IDENTITY_UNAVAILABLE', message, { retryDelayMs: CALL_LIMITS.retryDelayMs })
}
