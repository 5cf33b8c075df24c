// A call whose caller is known, while it runs.
import type { Soon } from '../base/soon.js'
import { TASK_LIMITS } from '../limits.js'
import type { Caller } from '../task/caller.js'
import type { CallContext } from './api-method.js'
import { authorize, type Access } from './authorization.js'
import type { CallEnd } from './call-end.js'
import type { CallSlot, CallSlots } from './call-slots.js'
import type { IncomingCall } from './incoming-call.js'
import type { ObservedCall } from './observed-call.js'

/** Work that lets its caller in itself, once it knows what is asked for. */
export type GuardedWork<T> = (running: RunningCall) => Soon<T>

/** What a call that runs is made of. */
export interface RunningParts {
  readonly call: IncomingCall
  readonly end: CallEnd
  readonly observed: ObservedCall
  readonly caller: Caller
  readonly slots: CallSlots
  /** When its caller was known, in milliseconds of `performance.now()`. */
  readonly enteredAt: number
}

/** A call whose caller is known, as its handler knows it: what costs something is made when it is asked for. */
export class RunningCall implements CallContext {
  private readonly parts: RunningParts
  private readonly slot: CallSlot

  /** Throws RESOURCE_EXHAUSTED when there is no place for it. */
  constructor(parts: RunningParts) {
    this.parts = parts
    this.slot = parts.slots.enter(parts.observed.operation, parts.enteredAt)
  }

  get enteredAt(): number {
    return this.parts.enteredAt
  }

  get deadline(): number {
    return this.parts.end.deadline
  }

  get load(): number {
    return this.parts.slots.load
  }

  get caller(): Caller {
    return { ...this.parts.caller, callId: this.parts.call.callId }
  }

  get signal(): AbortSignal {
    return this.parts.end.signal
  }

  pollAgain(ms: number): void {
    this.parts.call.onPollAgain?.(ms)
  }

  accepted(monitor: string): void {
    this.parts.call.onAccepted?.(monitor)
  }

  /** Does `work`. It has its place for as long as it runs, also when its caller has left. */
  run<T>(work: GuardedWork<T>): Soon<T> {
    const answer = this.parts.observed.within(() => work(this))
    if (!(answer instanceof Promise)) return answer
    this.slot.hold()
    return answer.finally(() => this.slot.leave())
  }

  /**
   * Lets the call in if it has a right to be here; only then does it count for the service instance. Who has none is denied,
   * whatever its caller hears; that there is no place left is no denial.
   */
  admit(access: Access): void {
    const { observed, caller } = this.parts
    observed.about(access.instance)
    try {
      authorize(caller, access)
    } catch (error) {
      observed.denied()
      throw error
    }
    const { instance = '' } = access
    // What cannot be the name of one is refused by the work, and not worth remembering.
    if (instance !== '' && instance.length <= TASK_LIMITS.idLength) this.slot.join(instance)
  }
}
