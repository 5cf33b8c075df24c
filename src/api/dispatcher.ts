// Runs the calls of every transport: gives each an end, counts those in flight, and turns what they throw into statuses.
import { EventEmitter, once } from 'node:events'
import type { StatusError } from '../base/status-error.js'
import { CALL_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { ApiMethod } from './api-method.js'
import { toStatus } from './status.js'

/** What a transport knows of a call. */
export interface IncomingCall {
  readonly caller: Caller
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since 1970; Infinity when it did not say. */
  readonly deadline: number
}

/** Hears of faults that callers are told nothing about. */
export type FaultReport = (error: unknown, method: string) => void

/** Runs calls until it is stopped. */
export class Dispatcher {
  private readonly report: FaultReport
  private readonly idle = new EventEmitter()
  private inFlight = 0
  private stopping = false

  constructor(report: FaultReport) {
    this.report = report
  }

  /**
   * Runs `method`. Rejects with a StatusError: that of the handler, DEADLINE_EXCEEDED or CANCELLED when the call ended
   * first, UNAVAILABLE (SHUTTING_DOWN) once stopped.
   */
  async run(method: ApiMethod, request: Uint8Array, call: IncomingCall): Promise<Uint8Array> {
    this.inFlight += 1
    try {
      if (this.stopping) throw shuttingDown()
      return await withEnd(call, (signal) => method.handle(request, { caller: call.caller, signal }))
    } catch (error) {
      throw this.statusOf(error, method)
    } finally {
      this.inFlight -= 1
      if (this.inFlight === 0) this.idle.emit('idle')
    }
  }

  /** Refuses new calls from now on; resolves when those in flight have ended. */
  async stop(): Promise<void> {
    this.stopping = true
    if (this.inFlight > 0) await once(this.idle, 'idle')
  }

  private statusOf(error: unknown, { descriptor }: ApiMethod): StatusError {
    return toStatus(error, (fault) => this.report(fault, `${descriptor.parent.typeName}/${descriptor.name}`))
  }
}

function shuttingDown(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping; nothing was done', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

/** Runs `work` with a signal that aborts, and rejects then, when the caller leaves or the call's time is up. */
async function withEnd<T>({ signal, deadline }: IncomingCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController()
  const cancelled = (): void => end.abort(callerCancelled())
  if (signal.aborted) cancelled()
  signal.addEventListener('abort', cancelled, { once: true })
  const timer = setTimeout(() => end.abort(deadlineExceeded()), timeLeft(deadline))
  try {
    end.signal.throwIfAborted()
    return await Promise.race([work(end.signal), rejectOnAbort(end.signal)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancelled)
  }
}

function timeLeft(deadline: number): number {
  if (deadline === Infinity) return CALL_LIMITS.deadlineDefaultMs
  return Math.min(Math.max(deadline - Date.now(), 0), CALL_LIMITS.deadlineMaxMs)
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as TaskError), { once: true })
  })
}

function deadlineExceeded(): TaskError {
  return new TaskError('DEADLINE_EXCEEDED', 'DEADLINE', 'The time of the call ran out; a write may have been applied')
}

function callerCancelled(): TaskError {
  return new TaskError('CANCELLED', 'CALLER_CANCELLED', 'The caller ended the call; a write may have been applied')
}
