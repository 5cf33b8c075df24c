// Runs the calls of every transport: asks who calls and what for, gives each call an end, counts those in flight, and turns
// what they throw into statuses.
import { EventEmitter, once, setMaxListeners } from 'node:events'
import type { Authenticator } from '../auth/authenticator.js'
import type { Soon } from '../base/soon.js'
import type { StatusError } from '../base/status-error.js'
import { CALL_LIMITS, SHUTDOWN_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { ApiStreamMethod, ApiUnaryMethod, CallContext, UnaryRequest } from './api-method.js'
import type { Access } from './authorization.js'
import { CallEnd } from './call-end.js'
import { NO_OBSERVER, type CallObserver } from './call-observer.js'
import { CallSlots } from './call-slots.js'
import type { IncomingCall } from './incoming-call.js'
import { ObservedCall } from './observed-call.js'
import type { Operation } from './operation.js'
import { RunningCall, type GuardedWork, type RunningParts } from './running-call.js'
import { toStatus } from './status.js'

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
  private isStopping = false

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
    return this.runAs(method, () => method.read(request), call, inBytes)
  }

  /** The same for a request that `read` reads, and an answer that `form` makes of it. */
  runAs<Answer>(method: ApiUnaryMethod, read: () => UnaryRequest, call: IncomingCall, form: AnswerForm<Answer>): Soon<Answer> {
    return this.within(method, call, (running) => {
      const request = read()
      running.admit(request.access)
      return form(request, running)
    })
  }

  /**
   * Runs `work`, which is `operation`, for a caller that may do it. Rejects with a StatusError: that of what the work throws,
   * UNAUTHENTICATED, PERMISSION_DENIED or NOT_FOUND as `authorize` says, DEADLINE_EXCEEDED or CANCELLED when the call ended
   * first, RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when too many run, UNAVAILABLE (SHUTTING_DOWN) once stopped.
   */
  async perform<T>(operation: GuardedOperation, call: IncomingCall, work: (context: CallContext) => Promise<T>): Promise<T> {
    return this.within(operation, call, (running) => {
      running.admit(operation.access)
      return work(running)
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
    if (this.isStopping) end.abort(shuttingDown())
    this.stopping.signal.addEventListener('abort', stop)
    try {
      const caller = await end.orReject(Promise.resolve(this.callerOf(call, end, observed, Date.now())))
      const running = new RunningCall({ call, end, observed, caller, slots: this.slots, enteredAt: performance.now() })
      const asked = method.read(request)
      running.admit(asked.access)
      yield* asked.answer(running)
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
    this.isStopping = true
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
    const now = Date.now()
    const end = new CallEnd(call, unaryDeadline(call.deadline, operation, now))
    let answer: Soon<T>
    try {
      if (this.isStopping) throw shuttingDown()
      const enter = (caller: Caller, enteredAt: number): Soon<T> => {
        // Nothing is begun for a caller that has left; a read that answers at once has no beginning.
        if (operation.writes || operation.waits) end.signal.throwIfAborted()
        return new RunningCall({ call, end, observed, caller, slots: this.slots, enteredAt }).run(work)
      }
      const caller = this.callerOf(call, end, observed, now)
      answer = caller instanceof Promise ? caller.then((known) => enter(known, performance.now())) : enter(caller, observed.began)
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

  /** What becomes of a call that has to wait: from here on it can end before its answer is there. */
  private async later<T>(answer: Promise<T>, { waits }: Operation, { end, observed }: Pick<RunningParts, 'end' | 'observed'>): Promise<T> {
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
  private callerOf({ credentials }: IncomingCall, end: CallEnd, observed: ObservedCall, now: number): Soon<Caller> {
    const known = (caller: Caller, at: number): Caller => {
      observed.by(caller)
      end.expireAt(caller.expiresAt, at)
      return caller
    }
    end.check(now)
    const caller = this.authenticator.authenticate(credentials)
    return caller instanceof Promise ? caller.then((found) => known(found, Date.now())) : known(caller, now)
  }

  private left(): void {
    this.inFlight -= 1
    if (this.isStopping && this.inFlight === 0) this.idle.emit('idle')
  }

  private statusOf(error: unknown, observed: ObservedCall): StatusError {
    const { operation, callId } = observed
    const status = toStatus(error, (fault) => this.report(fault, operation.name, callId), callId)
    observed.failed(status.code, error)
    return status
  }
}

/** Makes an answer of a request that was read. */
export type AnswerForm<Answer> = (request: UnaryRequest, context: CallContext) => Soon<Answer>

const inBytes: AnswerForm<Uint8Array> = (request, context) => request.answer(context)

/** UNAVAILABLE: the server stops, or will not serve this call any longer. */
export function shuttingDown(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping; nothing was done', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

function unaryDeadline(deadline: number, { waits }: Operation, now: number): number {
  if (deadline === Infinity) return now + (waits ? CALL_LIMITS.deadlineMaxMs : CALL_LIMITS.deadlineDefaultMs)
  return Math.min(deadline, now + CALL_LIMITS.deadlineMaxMs)
}
