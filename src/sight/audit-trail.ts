// Every event that this process commits, in order, each once. What was committed is known from the store; what it was is read
// from the history, so that what happens by itself is there as well as what callers do.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { LOG_LIMITS } from '../limits.js'
import type { CommittedEvents } from '../task/store-watch.js'
import { TaskError } from '../task/task-error.js'
import type { StoredEvent, TaskStore } from '../task/task-store.js'

/** Where a trail leads. */
export interface TrailEnd {
  readonly onEvent: (instance: string, event: StoredEvent, callId: string) => void
  /** So many events cannot be shown any more. */
  readonly onLost: (events: number) => void
  /** The history could not be read; it is tried again after LOG_LIMITS.retryMs. */
  readonly onFailure: (error: unknown) => void
}

/** Follows the events of a store. */
export class AuditTrail {
  private readonly history: Pick<TaskStore, 'events'>
  private readonly end: TrailEnd
  private waiting: CommittedEvents[] = []
  private following: Promise<void> | undefined
  /** Events that are committed and not shown yet. */
  backlog = 0

  constructor(history: Pick<TaskStore, 'events'>, end: TrailEnd) {
    this.history = history
    this.end = end
  }

  /** Takes events that were just committed; loses those beyond LOG_LIMITS.auditBacklog. */
  add(events: readonly CommittedEvents[]): void {
    for (const committed of events) {
      const { length } = committed.callIds
      if (this.backlog + length > LOG_LIMITS.auditBacklog) {
        this.end.onLost(length)
      } else {
        this.backlog += length
        this.waiting.push(committed)
      }
    }
    this.following ??= this.follow()
  }

  /** Resolves when everything that was committed before is shown, or lost. */
  async drained(): Promise<void> {
    await this.following
  }

  private async follow(): Promise<void> {
    while (this.waiting.length > 0) {
      for (const committed of this.waiting.splice(0)) await this.show(committed)
    }
    this.following = undefined
  }

  private async show({ instance, after, callIds }: CommittedEvents): Promise<void> {
    let shown = 0
    while (shown < callIds.length) {
      const events = await this.read(instance, after + BigInt(shown), callIds.length - shown)
      for (const event of events) {
        // Behind a gap there may be events of later transactions; their turn comes.
        const place = Number(event.revision - after) - 1
        if (place >= callIds.length) break
        this.lose(place - shown)
        this.end.onEvent(instance, event, callIds[place] ?? '')
        this.backlog -= 1
        shown = place + 1
      }
      if (events.length === 0 || (events.at(-1)?.revision ?? 0n) > after + BigInt(callIds.length)) {
        this.lose(callIds.length - shown)
        return
      }
    }
  }

  /** Some events after `after`; none when they are gone, or the store has closed. */
  private async read(instance: CommittedEvents['instance'], after: bigint, most: number): Promise<readonly StoredEvent[]> {
    for (;;) {
      // Whoever writes a lot must not keep others from being answered.
      await nextTurn()
      try {
        return await this.history.events(instance, { taskId: undefined, after, limit: Math.min(most, LOG_LIMITS.auditEvents) })
      } catch (error) {
        if (error instanceof TaskError && error.reason === 'SHUTTING_DOWN') return []
        this.end.onFailure(error)
        await wait(LOG_LIMITS.retryMs)
      }
    }
  }

  private lose(events: number): void {
    if (events === 0) return
    this.backlog -= events
    this.end.onLost(events)
  }
}
