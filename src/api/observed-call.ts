// One call while it runs: gathers what will be said of it.
import { TASK_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import { isWord, type InstanceId } from '../task/identifiers.js'
import { TaskError } from '../task/task-error.js'
import type { CallObserver, CallOrigin, FollowedCall } from './call-observer.js'
import type { Operation } from './operation.js'

/** Number of the google.rpc.Code. */
const CANCELLED = 1

/** A call, from its beginning to its end. */
export class ObservedCall {
  readonly operation: Operation
  readonly callId: string
  /** In milliseconds of `performance.now()`. */
  readonly began = performance.now()
  private readonly followed: FollowedCall
  private caller = ''
  private instance: InstanceId | undefined
  private isDenied = false
  private hasEnded = false

  constructor(observer: CallObserver, operation: Operation, { callId, traceParent }: CallOrigin) {
    this.operation = operation
    this.callId = callId
    this.followed = observer.begin(operation, traceParent)
  }

  /** Says who calls, once that is known. */
  by({ name }: Caller): void {
    this.caller = name
  }

  /** Says which service instance the call is about, as the request names it; undefined when it names none. */
  about(instance: string | undefined): void {
    if (instance !== undefined && isWord(instance, TASK_LIMITS.idLength)) this.instance = instance as InstanceId
  }

  /** Says that the call is refused because of who makes it. */
  denied(): void {
    this.isDenied = true
  }

  /** Does `work` as a part of the call. */
  within<T>(work: () => T): T {
    return this.followed.within(work)
  }

  /** The call ended well. */
  succeeded(): void {
    this.end(0)
  }

  /** Whoever takes the answers of a stream takes no more; nothing when the call has ended otherwise. */
  abandoned(): void {
    if (!this.hasEnded) this.end(CANCELLED)
  }

  /** The call ended with the google.rpc.Code of number `code`, because of `error`. */
  failed(code: number, error: unknown): void {
    this.end(code, error)
  }

  private end(code: number, error?: unknown): void {
    this.hasEnded = true
    const known = error instanceof TaskError ? error : undefined
    const { operation, callId, caller, instance } = this
    this.followed.end({
      operation,
      callId,
      caller,
      instance,
      code,
      reason: known?.reason ?? (error === undefined ? undefined : 'INTERNAL_FAULT'),
      isDenied: this.isDenied || known?.code === 'UNAUTHENTICATED' || known?.code === 'PERMISSION_DENIED',
      durationMs: performance.now() - this.began,
    })
  }
}
