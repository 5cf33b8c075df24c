// Runs the calls of every transport: asks who calls and what for, gives each call an end, counts those in flight, and turns
// what they throw into statuses.
import { EventEmitter, once, setMaxListeners } from 'node:events'
import type { Authenticator, Credentials } from '../auth/authenticator.js'
import { ending, whenThere, type Soon } from '../base/soon.js'
import type { StatusError } from '../base/status-error.js'
import { CALL_LIMITS, SHUTDOWN_LIMITS, TASK_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { ApiRequest, ApiStreamMethod, ApiUnaryMethod, CallContext } from './api-method.js'
import { authorize, type Access } from './authorization.js'
import { NO_OBSERVER, type CallObserver, type CallOrigin } from './call-observer.js'
import { CallSlots, type CallSlot } from './call-slots.js'
import { ObservedCall } from './observed-call.js'
import type { Operation } from './operation.js'
import { toStatus } from './status.js'

/** What a transport knows of a call. */
export interface IncomingCall extends CallOrigin {
  readonly credentials: Credentials
  /** Aborts when the caller leaves. Asked for only by a call that has to wait, so it may be made then. */
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

  /**
   * Runs a unary method, as `perform` says: at once when all that it asks for is there, and then it throws where it would
   * reject. INVALID_ARGUMENT when the request cannot be read.
   */
  run(method: ApiUnaryMethod, request: Uint8Array, call: IncomingCall): Soon<Uint8Array> {
    return this.runAs(method, request, call, inBytes)
  }

  /** The same for an answer that `form` makes of what was read. */
  runAs<Answer>(method: ApiUnaryMethod, request: Uint8Array, call: IncomingCall, form: AnswerForm<Answer>): Soon<Answer> {
    return this.within(method, call, (context, entered) => {
      const read = method.read(request)
      admit(read.access, entered)
      return form(read, context)
    })
  }

  /**
   * Runs `work`, which is `operation`, for a caller that may do it. Rejects with a StatusError: that of what the work throws,
   * UNAUTHENTICATED, PERMISSION_DENIED or NOT_FOUND as `authorize` says, DEADLINE_EXCEEDED or CANCELLED when the call ended
   * first, RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when too many run, UNAVAILABLE (SHUTTING_DOWN) once stopped.
   */
  async perform<T>(operation: GuardedOperation, call: IncomingCall, work: (context: CallContext) => Promise<T>): Promise<T> {
    return this.within(operation, call, (context, entered) => {
      admit(operation.access, entered)
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
      const caller = await end.orReject(Promise.resolve(this.callerOf(call, end, observed)))
      const slot = this.slots.enter(method)
      const { access, answer } = method.read(request)
      const context = new RunningContext(call, end, caller, this.slots.load)
      admit(access, { caller, slot, observed })
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

  private within<T>(operation: Operation, call: IncomingCall, work: GuardedWork<T>): Soon<T> {
    this.inFlight += 1
    const observed = new ObservedCall(this.observer, operation, call)
    const end = new CallEnd(call, unaryDeadline(call.deadline, operation))
    let answer: Soon<T>
    try {
      if (this.stopping.signal.aborted) throw shuttingDown()
      const enter = (caller: Caller): Soon<T> => this.enter({ operation, call, end, observed }, caller, work)
      answer = whenThere(this.callerOf(call, end, observed), enter)
    } catch (error) {
      end.close()
      this.left()
      throw this.statusOf(error, observed)
    }
    if (answer instanceof Promise) return this.later(answer, operation, { end, observed })
    observed.succeeded()
    end.close()
    this.left()
    return answer
  }

  /** Does the work for a caller that is known. */
  private enter<T>({ operation, call, end, observed }: RunningCall, caller: Caller, work: GuardedWork<T>): Soon<T> {
    // Nothing is begun for a caller that has left; a read that answers at once has no beginning.
    if (operation.writes || operation.waits) end.signal.throwIfAborted()
    end.check()
    const slot = this.slots.enter(operation)
    const context = new RunningContext(call, end, caller, this.slots.load)
    // The work has its slot for as long as it runs, also when its caller has left.
    return ending(() => observed.within(() => work(context, { caller, slot, observed })), () => slot.leave())
  }

  /** What becomes of a call that has to wait: from here on it can end before its answer is there. */
  private async later<T>(answer: Promise<T>, { waits }: Operation, { end, observed }: Pick<RunningCall, 'end' | 'observed'>): Promise<T> {
    const stop = (): void => end.abort(shuttingDown())
    if (waits) this.stopping.signal.addEventListener('abort', stop)
    try {
      const value = await end.orReject(answer)
      observed.succeeded()
      return value
    } catch (error) {
      throw this.statusOf(error, observed)
    } finally {
      this.stopping.signal.removeEventListener('abort', stop)
      end.close()
      this.left()
    }
  }

  /** Who calls; the call ends with what they have shown. */
  private callerOf({ credentials }: IncomingCall, end: CallEnd, observed: ObservedCall): Soon<Caller> {
    end.check()
    return whenThere(this.authenticator.authenticate(credentials), (caller) => {
      observed.by(caller)
      end.expireAt(caller.expiresAt)
      return caller
    })
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

/** Makes an answer of a request that was read. */
export type AnswerForm<Answer> = (read: ApiRequest<Soon<Uint8Array>>, context: CallContext) => Soon<Answer>

const inBytes: AnswerForm<Uint8Array> = ({ answer }, context) => answer(context)

/** What is kept of a call that runs. */
interface RunningCall {
  readonly operation: Operation
  readonly call: IncomingCall
  readonly end: CallEnd
  readonly observed: ObservedCall
}

/** What is kept of a call that has its slot. */
interface EnteredCall {
  readonly caller: Caller
  readonly slot: CallSlot
  readonly observed: ObservedCall
}

/** Work that lets its caller in itself, once it knows what is asked for. */
type GuardedWork<T> = (context: CallContext, entered: EnteredCall) => Soon<T>

/** What a handler knows of its call: what costs something is made when it is asked for. */
class RunningContext implements CallContext {
  readonly deadline: number
  readonly load: number
  private readonly call: IncomingCall
  private readonly end: CallEnd
  private readonly known: Caller

  constructor(call: IncomingCall, end: CallEnd, caller: Caller, load: number) {
    this.deadline = end.deadline
    this.load = load
    this.call = call
    this.end = end
    this.known = caller
  }

  get caller(): Caller {
    return { ...this.known, callId: this.call.callId }
  }

  get signal(): AbortSignal {
    return this.end.signal
  }

  pollAgain(ms: number): void {
    this.call.onPollAgain?.(ms)
  }

  accepted(monitor: string): void {
    this.call.onAccepted?.(monitor)
  }
}

/**
 * Lets a call in that has a right to be here; only then does it count for the service instance. Who has none is denied,
 * whatever its caller hears; that there is no place left is no denial.
 */
function admit(access: Access, { caller, slot, observed }: EnteredCall): void {
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

/** UNAVAILABLE: the server stops, or will not serve this call any longer. */
export function shuttingDown(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping; nothing was done', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

/**
 * The end of one call: its deadline, that of its credentials, its caller leaving, or somebody aborting it. A call that never
 * waits ends by itself, so timers and listeners are there only from when somebody asks for the signal.
 */
class CallEnd {
  readonly deadline: number
  private readonly call: IncomingCall
  private readonly timers: NodeJS.Timeout[] = []
  private readonly callerLeft = (): void => this.abort(callerCancelled())
  private expiresAt = Infinity
  private controller: AbortController | undefined

  constructor(call: IncomingCall, deadline: number) {
    this.deadline = deadline
    this.call = call
  }

  /** Ends the call when its credentials end, in milliseconds since 1970. Throws UNAUTHENTICATED when they have. */
  expireAt(time: number): void {
    this.expiresAt = time
    if (this.controller !== undefined) this.abortAt(time, credentialsExpired)
    this.check()
  }

  /** Throws when the time of the call has passed. */
  check(): void {
    this.controller?.signal.throwIfAborted()
    const now = Date.now()
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
