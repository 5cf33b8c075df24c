// When a call ends, though nobody has answered it.
import { TaskError } from '../task/task-error.js'

/** A call whose caller may leave. */
interface Leaving {
  /** Aborts when the caller leaves. Asked for only by a call that has to wait, so it may be made then. */
  readonly signal: AbortSignal
}

/**
 * The end of one call: its deadline, that of its credentials, its caller leaving, or somebody aborting it. A call that never
 * waits ends by itself, so timers and listeners are there only from when somebody asks for the signal.
 */
export class CallEnd {
  readonly deadline: number
  private readonly call: Leaving
  private readonly timers: NodeJS.Timeout[] = []
  private readonly callerLeft = (): void => this.abort(callerCancelled())
  private expiresAt = Infinity
  private controller: AbortController | undefined

  constructor(call: Leaving, deadline: number) {
    this.deadline = deadline
    this.call = call
  }

  /** Ends the call when its credentials end. Throws when it should have ended at `now`. Both in milliseconds since 1970. */
  expireAt(time: number, now: number): void {
    this.expiresAt = time
    if (this.controller !== undefined) this.abortAt(time, credentialsExpired)
    this.check(now)
  }

  /** Throws when the call has ended, or should have at `now`, in milliseconds since 1970. */
  check(now: number): void {
    this.controller?.signal.throwIfAborted()
    if (now >= this.expiresAt) throw credentialsExpired()
    if (now >= this.deadline) throw deadlineExceeded()
  }

  get signal(): AbortSignal {
    return this.open().signal
  }

  /** Ends the call for `reason`, after `ms`. */
  abort(reason: TaskError, ms = 0): void {
    const controller = this.open()
    if (ms === 0) controller.abort(reason)
    else this.timers.push(setTimeout(() => controller.abort(reason), ms))
  }

  /** `work`, or a rejection when the end comes first. */
  orReject<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal.reason as TaskError)
      if (signal.aborted) aborted()
      signal.addEventListener('abort', aborted, { once: true })
      work.then(resolve, reject)
    })
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer)
    if (this.controller !== undefined) this.call.signal.removeEventListener('abort', this.callerLeft)
  }

  private open(): AbortController {
    if (this.controller !== undefined) return this.controller
    const controller = new AbortController()
    this.controller = controller
    const { signal } = this.call
    if (signal.aborted) this.callerLeft()
    signal.addEventListener('abort', this.callerLeft)
    this.abortAt(this.deadline, deadlineExceeded)
    this.abortAt(this.expiresAt, credentialsExpired)
    return controller
  }

  private abortAt(time: number, reason: () => TaskError): void {
    const ms = time - Date.now()
    if (ms <= 0) this.abort(reason())
    // Nothing lives for longer.
    else if (ms <= MAX_TIMER_MS) this.timers.push(setTimeout(() => this.abort(reason()), ms))
  }
}

/** The longest time that setTimeout takes. */
const MAX_TIMER_MS = 2 ** 31 - 1

function deadlineExceeded(): TaskError {
  return new TaskError('DEADLINE_EXCEEDED', 'DEADLINE', 'The time of the call ran out; a write may have been applied')
}

function callerCancelled(): TaskError {
  return new TaskError('CANCELLED', 'CALLER_CANCELLED', 'The caller ended the call; a write may have been applied')
}

function credentialsExpired(): TaskError {
  return new TaskError('UNAUTHENTICATED', 'CREDENTIALS_EXPIRED', 'The credentials of the call have ended; a write may have been applied')
}
