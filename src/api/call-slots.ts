// How many calls run at once: more are refused at once, so that those that run end soon and the server stays small.
import { CALL_LIMITS } from '../limits.js'
import { TaskError } from '../task/task-error.js'
import { CallRate } from './call-rate.js'
import { MemoryPressure } from './memory-pressure.js'
import type { Operation } from './operation.js'

type Kind = 'reads' | 'writes'
type Taken = Record<Kind, number>

/** The place of a call among those that run. */
export interface CallSlot {
  /**
   * Makes the call one of `instance`. Throws RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when the instance has as many as it may, or
   * begins them too fast. To be called once the caller is known to have a right to the instance.
   */
  join(instance: string): void
  /** Takes the place until the call leaves, in the same turn in which it was entered: one that answers in that turn needs none. */
  hold(): void
  /** Gives the place back. */
  leave(): void
}

/** The calls that run. Of those that wait for something only the rate is limited here: for their number there are other limits. */
export class CallSlots {
  private readonly all: Taken = { reads: 0, writes: 0 }
  private readonly ofInstances = new Map<string, Taken>()
  private readonly rate = new CallRate()
  private readonly memory: MemoryPressure

  constructor(memory = new MemoryPressure()) {
    this.memory = memory
  }

  /** How much is taken, 0 to 1. */
  get load(): number {
    return Math.max(this.all.reads / CALL_LIMITS.reads, this.all.writes / CALL_LIMITS.writes)
  }

  /**
   * A place for a call that enters at `now`, in milliseconds of any clock that does not go back. Throws RESOURCE_EXHAUSTED
   * (TOO_MANY_CALLS) when there is none, or no memory.
   */
  enter({ waits, writes }: Operation, now: number): CallSlot {
    if (!this.memory.hasRoom(waits, now)) throw tooManyCalls('The server is short of memory')
    if (waits) return new Slot(this, undefined, now)
    const kind = writes ? 'writes' : 'reads'
    if (this.all[kind] >= CALL_LIMITS[kind]) throw tooManyCalls('Too many calls at once')
    return new Slot(this, kind, now)
  }

  /** Throws when `instance` begins calls too fast, or may not have another one of `kind`. */
  checkInstance(instance: string, kind: Kind | undefined, now: number): void {
    const waitMs = this.rate.take(instance, now)
    if (waitMs > 0) throw tooManyCalls(`Service instance ${instance} makes too many calls a second`, waitMs)
    const taken = this.ofInstances.get(instance)
    if (kind === undefined || taken === undefined) return
    // The last places go to those who have few (dynamic thresholds of Choudhury and Hahne): several may be greedy at once.
    const free = CALL_LIMITS[kind] - this.all[kind]
    if (taken.reads + taken.writes >= CALL_LIMITS.tenantCalls || taken[kind] >= free) {
      throw tooManyCalls(`Service instance ${instance} makes too many calls at once`)
    }
  }

  /** Takes a place, and one of those of `instance`. */
  take(kind: Kind, instance: string | undefined): void {
    this.all[kind] += 1
    if (instance === undefined) return
    const taken = this.ofInstances.get(instance) ?? { reads: 0, writes: 0 }
    taken[kind] += 1
    this.ofInstances.set(instance, taken)
  }

  /** Gives them back. */
  leave(kind: Kind, instance: string | undefined): void {
    this.all[kind] -= 1
    const taken = instance === undefined ? undefined : this.ofInstances.get(instance)
    if (taken === undefined || instance === undefined) return
    taken[kind] -= 1
    if (taken.reads + taken.writes === 0) this.ofInstances.delete(instance)
  }
}

/** The place of one call; that of a call that waits on purpose is limited elsewhere. */
class Slot implements CallSlot {
  private readonly slots: CallSlots
  private readonly kind: Kind | undefined
  private readonly enteredAt: number
  private instance: string | undefined
  private isHeld = false

  constructor(slots: CallSlots, kind: Kind | undefined, enteredAt: number) {
    this.slots = slots
    this.kind = kind
    this.enteredAt = enteredAt
  }

  join(instance: string): void {
    this.slots.checkInstance(instance, this.kind, this.enteredAt)
    this.instance = instance
  }

  hold(): void {
    if (this.kind === undefined) return
    this.slots.take(this.kind, this.instance)
    this.isHeld = true
  }

  leave(): void {
    if (this.kind === undefined || !this.isHeld) return
    this.slots.leave(this.kind, this.instance)
    this.isHeld = false
  }
}

function tooManyCalls(what: string, retryDelayMs: number = CALL_LIMITS.retryDelayMs): TaskError {
  return new TaskError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', `${what}; nothing was done`, { retryDelayMs })
}
