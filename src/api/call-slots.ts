// How many calls run at once: more are refused at once, so that those that run end soon and the server stays small.
import { CALL_LIMITS } from '../limits.js'
import { TaskError } from '../task/task-error.js'
import type { Operation } from './operation.js'

type Kind = 'reads' | 'writes'

/** The calls that run. Those that wait for something are not counted: they have limits of their own. */
export class CallSlots {
  private readonly taken: Record<Kind, number> = { reads: 0, writes: 0 }

  /** How much is taken, 0 to 1. */
  get load(): number {
    return Math.max(this.taken.reads / CALL_LIMITS.reads, this.taken.writes / CALL_LIMITS.writes)
  }

  /** Takes a slot. Throws RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when there is none. */
  enter({ waits, writes }: Operation): void {
    if (waits) return
    const kind = kindOf(writes)
    if (this.taken[kind] >= CALL_LIMITS[kind]) {
      const details = { retryDelayMs: CALL_LIMITS.retryDelayMs }
      throw new TaskError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', 'Too many calls at once; nothing was done', details)
    }
    this.taken[kind] += 1
  }

  /** Gives it back. */
  leave({ waits, writes }: Operation): void {
    if (!waits) this.taken[kindOf(writes)] -= 1
  }
}

function kindOf(writes: boolean): Kind {
  return writes ? 'writes' : 'reads'
}
