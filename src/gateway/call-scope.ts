// The life of one call: it ends when it is answered, when the caller goes away, or when its time is up.
import type { Soon } from '../base/soon.js'
import { HttpError } from './http-error.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { parseTimeout } from './timeout.js'

/** Limits in milliseconds; undefined for none. */
export interface TimeLimits {
  readonly defaultMs: number | undefined
  readonly maxMs: number | undefined
}

/** The life of one call. Only one that has to wait watches its clock and its caller. */
export class CallScope {
  private readonly response: GatewayResponse
  private readonly endsAt: number | undefined
  private readonly onClose = (): void => {
    if (!this.response.writableFinished) this.fail(new HttpError('CALLER_CANCELLED', 'The caller ended the call'))
  }
  private controller: AbortController | undefined
  /** Rejects when the scope ends: one for the whole call, where a stream would otherwise leave a listener behind per message. */
  private ended: Promise<never> = NEVER
  private timer: NodeJS.Timeout | undefined

  /** Begins over a request and its answer. Throws HttpError `MALFORMED_HEADER` for a `grpc-timeout` that is none. */
  constructor(request: GatewayRequest, response: GatewayResponse, limits: TimeLimits) {
    const timeoutMs = timeoutOf(request.headers['grpc-timeout'], limits)
    this.response = response
    this.endsAt = timeoutMs === undefined ? undefined : Date.now() + timeoutMs
  }

  /** Aborts with the HttpError to answer. */
  get signal(): AbortSignal {
    return this.open().signal
  }

  get deadline(): Date | undefined {
    return this.endsAt === undefined ? undefined : new Date(this.endsAt)
  }

  /** Settles as `work` does, or rejects when the scope ends before. */
  during<T>(work: Promise<T>): Promise<T>
  during<T>(work: Soon<T>): Soon<T>
  during<T>(work: Soon<T>): Soon<T> {
    if (!(work instanceof Promise)) return work
    this.open()
    return Promise.race([work, this.ended])
  }

  /** Ends the scope with an error of the request, whatever the call makes of it. */
  fail(error: HttpError): void {
    this.open().abort(error)
  }

  /** Frees what the scope holds. */
  close(): void {
    if (this.controller === undefined) return
    clearTimeout(this.timer)
    this.response.off('close', this.onClose)
  }

  private open(): AbortController {
    if (this.controller !== undefined) return this.controller
    const controller = new AbortController()
    this.controller = controller
    const { signal } = controller
    // It listens first, so that the reason is told and not what the call makes of it.
    this.ended = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    this.ended.catch(() => undefined)
    this.response.once('close', this.onClose)
    // Whoever ran before may have taken so long that the caller has left, and the event with it.
    if (this.response.destroyed) this.onClose()
    if (this.endsAt !== undefined) {
      const late = (): void => controller.abort(new HttpError('DEADLINE', 'The call took longer than its deadline allows'))
      this.timer = setTimeout(late, Math.max(0, this.endsAt - Date.now()))
    }
    return controller
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

const NEVER = new Promise<never>(() => undefined)

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 0x7fff_ffff
