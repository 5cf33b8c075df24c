// Refusals for want of room come by the thousand just when there is the least time to write a line for each: the first of a kind
// has its line, and those that follow are counted.
import type { CallRecord } from '../api/call-observer.js'
import { LOG_LIMITS } from '../limits.js'

/** Calls that were refused after the first of their kind. */
export interface RefusedCalls {
  /** Undefined for calls of no instance, and for those of more instances than are told apart. */
  readonly instance: string | undefined
  readonly reason: string | undefined
  readonly calls: number
}

/** Counts refusals by service instance and reason, for LOG_LIMITS.refusalsMs at a time. */
export class RefusalCount {
  private readonly tell: (refused: RefusedCalls) => void
  private kinds = new Map<string, RefusedCalls>()
  private timer: NodeJS.Timeout | undefined

  /** `tell` hears at the end of the time how many were counted, for each kind that has any. */
  constructor(tell: (refused: RefusedCalls) => void) {
    this.tell = tell
  }

  /** Whether `record` is the first of its kind; otherwise it is counted. */
  isFirst({ instance, reason }: CallRecord): boolean {
    this.timer ??= setTimeout(() => this.flush(), LOG_LIMITS.refusalsMs).unref()
    const name = `${reason} ${instance}`
    const isKnown = this.kinds.has(name)
    if (!isKnown && this.kinds.size < LOG_LIMITS.refusalKinds) {
      this.kinds.set(name, { instance, reason, calls: 0 })
      return true
    }
    const [key, kind] = isKnown ? [name, this.kinds.get(name)] : [`${reason}`, this.kinds.get(`${reason}`)]
    this.kinds.set(key, { instance: isKnown ? instance : undefined, reason, calls: (kind?.calls ?? 0) + 1 })
    return false
  }

  /** Tells at once, and begins anew. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const { kinds } = this
    this.kinds = new Map()
    for (const refused of kinds.values()) if (refused.calls > 0) this.tell(refused)
  }
}
