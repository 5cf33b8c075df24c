// Hears of calls, so that logs, metrics, traces and the audit log can be made of them without anybody here knowing how.
import type { InstanceId } from '../task/identifiers.js'
import type { Reason } from '../task/task-error.js'
import type { Operation } from './operation.js'

/** Where a call comes from, as far as traces tell (W3C Trace Context). */
export interface TraceParent {
  readonly traceparent: string
  readonly tracestate?: string
}

/** How a call can be found again. */
export interface CallOrigin {
  /** What the call is named in logs and answers: `callIdOf` what came with it. */
  readonly callId: string
  /** The span of the caller; undefined when it sent none. */
  readonly traceParent?: TraceParent | undefined
}

/** The span of a caller in its `traceparent` and `tracestate`; undefined when it sent none. */
export function traceParentOf(traceparent: unknown, tracestate: unknown): TraceParent | undefined {
  if (typeof traceparent !== 'string') return undefined
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent }
}

/** One call that has ended. Nothing in it grows with what callers send, and nothing in it is theirs but the names. */
export interface CallRecord {
  readonly operation: Operation
  /** As `callIdOf` gives it. */
  readonly callId: string
  /** Name of the caller; '' when the call ended before that was known. */
  readonly caller: string
  /** The service instance that the call was about; undefined when it named none that could exist. */
  readonly instance: InstanceId | undefined
  /** Number of the google.rpc.Code; 0 for OK. */
  readonly code: number
  /** Why it was refused or failed; undefined for one that ended well or was left. */
  readonly reason: Reason | undefined
  /** Whether it was refused because of who called, also where the caller only hears that there is nothing. */
  readonly isDenied: boolean
  readonly durationMs: number
}

/** A call that an observer follows. */
export interface FollowedCall {
  /** Does `work` as a part of the call. */
  within<T>(work: () => T): T
  end(record: CallRecord): void
}

/** Hears of every call that a dispatcher runs. */
export interface CallObserver {
  begin(operation: Operation, parent: TraceParent | undefined): FollowedCall
}

const IGNORED: FollowedCall = { within: (work) => work(), end: () => undefined }

/** Hears of nothing. */
export const NO_OBSERVER: CallObserver = { begin: () => IGNORED }
