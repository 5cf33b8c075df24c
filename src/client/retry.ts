// Trying again while the server is away: with growing random waits, as the published retry policy does within one call.
import { setTimeout as wait } from 'node:timers/promises'
import { CallError } from './call-error.js'

/** Milliseconds before the first repetition, and at most. */
const WAITS = { firstMs: 100, maxMs: 2000 } as const

/** How long to go on. */
export interface Patience {
  /** Milliseconds after which the last error is thrown. */
  readonly forMs: number
  /** Ends it: the last error is thrown. */
  readonly signal?: AbortSignal | undefined
  /** Hears of the first failure that is not the end of it. */
  readonly onDelay?: ((error: unknown) => void) | undefined
}

/** The result of `attempt`, repeated while it fails in a way that can pass. `attempt` hears how often it was made before. */
export async function retrying<T>(attempt: (before: number) => Promise<T>, { forMs, signal, onDelay }: Patience): Promise<T> {
  const givesUpAt = performance.now() + forMs
  for (let before = 0; ; before += 1) {
    try {
      return await attempt(before)
    } catch (error) {
      if (!canPass(error) || performance.now() >= givesUpAt || signal?.aborted === true) throw error
      if (before === 0) onDelay?.(error)
      await wait(pauseMs(error, before), undefined, signal && { signal }).catch(() => undefined)
    }
  }
}

/** Longer each time, random so that not all come back at once, and never sooner than the server asked for. */
function pauseMs(error: unknown, before: number): number {
  const most = Math.min(WAITS.firstMs * 2 ** before, WAITS.maxMs)
  const asked = error instanceof CallError ? error.retryDelayMs : 0
  return Math.max(most * (0.5 + Math.random() / 2), asked)
}

/**
 * Whether the same call may succeed later: the server is away, busy, or did not say in time what became of it; or the token
 * ended while the call ran, and the next one has another.
 */
export function canPass(error: unknown): boolean {
  if (!(error instanceof CallError)) return false
  if (error.reason === 'CREDENTIALS_EXPIRED') return true
  return ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'INTERNAL', 'UNKNOWN'].includes(error.code)
}
