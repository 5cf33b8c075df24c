// The life of one call: it ends when it is answered, when the caller goes away, or when its time is up.
import { HttpError } from './http-error.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { parseTimeout } from './timeout.js'

/** Limits in milliseconds; undefined for none. */
export interface TimeLimits {
  readonly defaultMs: number | undefined
  readonly maxMs: number | undefined
}

/** The life of one call. */
export interface CallScope {
  /** Aborts with the HttpError to answer. */
  readonly signal: AbortSignal
  readonly deadline: Date | undefined
  /** Settles as `work` does, or rejects when the scope ends before. */
  during<T>(work: Promise<T>): Promise<T>
  /** Ends the scope with an error of the request, whatever the call makes of it. */
  fail(error: HttpError): void
  /** Frees what the scope holds. */
  close(): void
}

/** Opens a scope over a request and its answer. Throws HttpError `MALFORMED_HEADER` for a `grpc-timeout` that is none. */
export function openScope(request: GatewayRequest, response: GatewayResponse, limits: TimeLimits): CallScope {
  const timeoutMs = timeoutOf(request.headers['grpc-timeout'], limits)
  const controller = new AbortController()
  const { signal } = controller
  // One listener for the whole call: a stream would otherwise leave one behind per message.
  const ended = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  )
  ended.catch(() => undefined)
  const onTimeout = (): void => controller.abort(new HttpError('DEADLINE', 'The call took longer than its deadline allows'))
  const onClose = (): void => {
    if (!response.writableFinished) controller.abort(new HttpError('CALLER_CANCELLED', 'The caller ended the call'))
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs)
  response.once('close', onClose)
  // Whoever ran before may have taken so long that the caller has left, and the event with it.
  if (response.destroyed) onClose()
  return {
    signal,
    deadline: timeoutMs === undefined ? undefined : new Date(Date.now() + timeoutMs),
    during: (work) => Promise.race([work, ended]),
    fail: (error) => controller.abort(error),
    close: () => {
      clearTimeout(timer)
      response.off('close', onClose)
    },
  }
}

function timeoutOf(header: string | readonly string[] | undefined, { defaultMs, maxMs }: TimeLimits): number | undefined {
  if (header === undefined) return defaultMs
  const asked = typeof header === 'string' ? parseTimeout(header) : undefined
  if (asked === undefined)
    throw new HttpError('MALFORMED_HEADER', 'The header grpc-timeout is not a timeout', [
      { field: 'grpc-timeout', description: 'expected up to 8 digits and a unit of H, M, S, m, u, n' },
    ])
  return Math.min(asked, maxMs ?? MAX_TIMER_MS)
}

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 0x7fff_ffff
