// Runs the calls of every transport: asks who calls and what for, gives each call an end, counts those in flight, and turns
// what they throw into statuses.
import { EventEmitter, once, setMaxListeners } from 'node:events'
import type { Authenticator, Credentials } from '../auth/authenticator.js'
import type { StatusError } from '../base/status-error.js'
import { CALL_LIMITS, SHUTDOWN_LIMITS, TASK_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { ApiStreamMethod, ApiUnaryMethod, CallContext } from './api-method.js'
import { authorize, type Access } from './authorization.js'
import { NO_OBSERVER, type CallObserver, type CallOrigin } from './call-observer.js'
import { CallSlots, type CallSlot } from './call-slots.js'
import { ObservedCall } from './observed-call.js'
import type { Operation } from './operation.js'
import { toStatus } from './status.js'

/** What a transport knows of a call. */
export interface IncomingCall extends CallOrigin {
  readonly credentials: Credentials
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since 1970; Infinity when it did not say. */
  readonly deadline: number
  /** Hears that whoever polls should come again only after so many milliseconds. */
  readonly onPollAgain?: (ms: number) => void
  /** Hears that the call has recorded work that goes on elsewhere, and the URL of its status monitor. */
  readonly onAccepted?: (monitor: string) => void
}

/** What a face beside the contract does, and what this call of it asks of its caller. */
export type GuardedOperation = Operation & { readonly access: Access }

/** Hears of faults that callers are told nothing about, where they were, and in which call if in any. */
export type FaultReport = (error: unknown, where: string, callId?: string) => void

/** Runs calls until it is stopped. */
export class Dispatcher {
  private readonly authenticator: Authenticator
  private readonly report: FaultReport
  private readonly observer: CallObserver
  private readonly idle = new EventEmitter()
  private readonly stopping = new AbortController()
  private readonly slots = new CallSlots()
  private inFlight = 0

  constructor(authenticator: Authenticator, report: FaultReport, observer: CallObserver = NO_OBSERVER) {
    this.authenticator = authenticator
    this.report = report
    this.observer = observer
    // Every stream listens.
    setMaxListeners(0, this.stopping.signal)
  }

  /** Runs a unary method, as `perform` says. Rejects with INVALID_ARGUMENT when the request cannot be read. */
  run(method: ApiUnaryMethod, request: Uint8Array, call: IncomingCall): Promise<Uint8Array> {
    return this.within(method, call, (context, entered) => {
      const { access, answer } = method.read(request)
      admit(context, access, entered)
      return answer(context)
    })
  }

  /**
   * Runs `work`, which is `operation`, for a caller that may do it. Rejects with a StatusError: that of what the work throws,
   * UNAUTHENTICATED, PERMISSION_DENIED or NOT_FOUND as `authorize` says, DEADLINE_EXCEEDED or CANCELLED when the call ended
   * first, RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when too many run, UNAVAILABLE (SHUTTING_DOWN) once stopped.
   */
  perform<T>(operation: GuardedOperation, call: IncomingCall, work: (context: CallContext) => Promise<T>): Promise<T> {
    return this.within(operation, call, (context, entered) => {
      admit(context, operation.access, entered)
      return work(context)
    })
  }

  /**
   * Runs a method that answers a stream, as fast as the answers are taken. Throws as `run` rejects; when the server stops,
   * the stream ends at a random moment of the next SHUTDOWN_LIMITS.spreadMs with what the handler makes of SHUTTING_DOWN, so
   * that its readers do not all come back at once. A transport whose reader has stalled throws that into it.
   */
  async *stream(method: ApiStreamMethod, request: Uint8Array, call: IncomingCall): AsyncGenerator<Uint8Array> {
    this.inFlight += 1
    const observed = new ObservedCall(this.observer, method, call)
    const end = new CallEnd(call, call.deadline)
    const stop = (): void => end.abort(shuttingDown(), Math.random() * SHUTDOWN_LIMITS.spreadMs)
    if (this.stopping.signal.aborted) end.abort(shuttingDown())
    this.stopping.signal.addEventListener('abort', stop)
    try {
      const context = this.contextOf(call, end, await this.callerOf(call, end, observed))
      const slot = this.slots.enter(method)
      const { access, answer } = method.read(request)
      admit(context, access, { slot, observed })
      yield* answer(context)
      observed.succeeded()
    } catch (error) {
      throw this.statusOf(error, observed)
    } finally {
      // One that is left before its end.
      observed.abandoned()
      this.stopping.signal.removeEventListener('abort', stop)
      end.close()
      this.left()
    }
  }

  /** Refuses new calls, ends those that wait, and streams bit by bit; resolves when those in flight have ended. */
  async stop(): Promise<void> {
    this.stopping.abort()
    if (this.inFlight > 0) await once(this.idle, 'idle')
  }

  /** Reports a fault of an operation that no caller can be told of any more. */
  fault(error: unknown, { name }: Operation): void {
    this.report(error, name)
  }

  private async within<T>(operation: Operation, call: IncomingCall, work: (context: CallContext, entered: EnteredCall) => Promise<T>): Promise<T> {
    this.inFlight += 1
    const observed = new ObservedCall(this.observer, operation, call)
    const end = new CallEnd(call, unaryDeadline(call.deadline, operation))
    const stop = (): void => end.abort(shuttingDown())
    if (operation.waits) this.stopping.signal.addEventListener('abort', stop)
    try {
      if (this.stopping.signal.aborted) throw shuttingDown()
      const caller = await this.callerOf(call, end, observed)
      const slot = this.slots.enter(operation)
      const context = this.contextOf(call, end, caller)
      const answer = await end.orReject(inSlot(slot, () => observed.within(() => work(context, { slot, observed }))))
      observed.succeeded()
      return answer
    } catch (error) {
      throw this.statusOf(error, observed)
    } finally {
      this.stopping.signal.removeEventListener('abort', stop)
      end.close()
      this.left()
    }
  }

  /** Who calls; the call ends with what they have shown. */
  private async callerOf({ credentials }: IncomingCall, end: CallEnd, observed: ObservedCall): Promise<Caller> {
    end.signal.throwIfAborted()
    const caller = await end.orReject(this.authenticator.authenticate(credentials))
    observed.by(caller)
    end.expireAt(caller.expiresAt)
    end.signal.throwIfAborted()
    return caller
  }

  private contextOf(call: IncomingCall, { signal, deadline }: CallEnd, caller: Caller): CallContext {
    const { callId, onPollAgain = ignore, onAccepted = ignore } = call
    return { caller: { ...caller, callId }, signal, deadline, pollAgain: onPollAgain, accepted: onAccepted, load: this.slots.load }
  }

  private left(): void {
    this.inFlight -= 1
    if (this.inFlight === 0) this.idle.emit('idle')
  }

  private statusOf(error: unknown, observed: ObservedCall): StatusError {
    const { operation, callId } = observed
    const status = toStatus(error, (fault) => this.report(fault, operation.name, callId), callId)
    observed.failed(status.code, error)
    return status
  }
}

/** What is kept of a call that has its slot. */
interface EnteredCall {
  readonly slot: CallSlot
  readonly observed: ObservedCall
}

/** Does the work, which has its slot for as long as it runs, also when its caller has left. */
async function inSlot<T>(slot: CallSlot, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    slot.leave()
  }
}

/**
 * Lets a call in that has a right to be here; only then does it count for the service instance. Who has none is denied,
 * whatever its caller hears; that there is no place left is no denial.
 */
function admit({ caller }: CallContext, access: Access, { slot, observed }: EnteredCall): void {
  observed.about(access.instance)
  try {
    authorize(caller, access)
  } catch (error) {
    observed.denied()
    throw error
  }
  const { instance = '' } = access
  // What cannot be the name of one is refused by the work, and not worth remembering.
  if (instance !== '' && instance.length <= TASK_LIMITS.idLength) slot.join(instance)
}

function ignore(): void {
  // Not every transport can tell its callers more than the answer.
}

/** UNAVAILABLE: the server stops, or will not serve this call any longer. */
export function shuttingDown(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping; nothing was done', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

/** The end of one call: its deadline, that of its credentials, its caller leaving, or somebody aborting it. */
class CallEnd {
  readonly deadline: number
  private readonly controller = new AbortController()
  private readonly caller: AbortSignal
  private readonly timers: NodeJS.Timeout[] = []
  private readonly left = (): void => this.abort(callerCancelled())

  constructor({ signal }: IncomingCall, deadline: number) {
    this.deadline = deadline
    this.caller = signal
    if (signal.aborted) this.left()
    signal.addEventListener('abort', this.left)
    this.abortAt(deadline, deadlineExceeded)
  }

  /** Ends the call when its credentials end, in milliseconds since 1970. */
  expireAt(time: number): void {
    this.abortAt(time, credentialsExpired)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Ends the call for `reason`, after `ms`. */
  abort(reason: TaskError, ms = 0): void {
    if (ms === 0) this.controller.abort(reason)
    else this.timers.push(setTimeout(() => this.controller.abort(reason), ms))
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
    this.caller.removeEventListener('abort', this.left)
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

function unaryDeadline(deadline: number, { waits }: Operation): number {
  const now = Date.now()
  if (deadline === Infinity) return now + (waits ? CALL_LIMITS.deadlineMaxMs : CALL_LIMITS.deadlineDefaultMs)
  return Math.min(deadline, now + CALL_LIMITS.deadlineMaxMs)
}

function deadlineExceeded(): TaskError {
  return new TaskError('DEADLINE_EXCEEDED', 'DEADLINE', 'The time of the call ran out; a write may have been applied')
}

function callerCancelled(): TaskError {
  return new TaskError('CANCELLED', 'CALLER_CANCELLED', 'The caller ended the call; a write may have been applied')
}

function credentialsExpired(): TaskError {
  return new TaskError('UNAUTHENTICATED', 'CREDENTIALS_EXPIRED', 'The credentials of the call have ended; a write may have been applied')
}
