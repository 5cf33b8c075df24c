// Tells those who wait of new events. The store's log is the truth; a change is only a reason to look. Events of an instance
// that somebody follows are read once, for all who follow it, and the last ones are kept.
import { WATCH_LIMITS } from '../limits.js'
import { CatchUp } from './catch-up.js'
import type { InstanceId } from './identifiers.js'
import type { StoredEvent, TaskStore } from './task-store.js'

/** What a follower does with an instance it follows. */
export interface Subscription {
  /** Revision of the last event that was read. */
  readonly head: bigint
  /** Some events after `after`, oldest first; none when `after` is the head. Their revisions may begin later than `after` + 1. */
  read(after: bigint): Promise<readonly StoredEvent[]>
  /** Resolves true when there is something after `after`, false after `timeoutMs`; rejects with the reason of `signal`. */
  changed(after: bigint, timeoutMs: number, signal: AbortSignal): Promise<boolean>
  /** Ends it. */
  close(): void
}

/** The instances that are followed now. */
export class Feed {
  private readonly store: TaskStore
  private readonly instances = new Map<InstanceId, InstanceFeed>()
  private readonly report: (error: unknown) => void

  /** `report` hears of events that could not be read; they are read again after WATCH_LIMITS.readAgainMs. */
  constructor(store: TaskStore, report: (error: unknown) => void) {
    this.store = store
    this.report = report
    store.onChange(
      (instance) => this.instances.get(instance)?.wake(),
      () => this.heads(),
    )
  }

  /** Follows an instance from its revision now. */
  async subscribe(instance: InstanceId): Promise<Subscription> {
    const known = this.instances.get(instance)
    const feed = known ?? new InstanceFeed(this.store, instance, this.report)
    // Known before the first read, so that no change is missed.
    this.instances.set(instance, feed)
    const close = feed.join(() => this.instances.delete(instance))
    try {
      await feed.opened
    } catch (error) {
      close()
      throw error
    }
    return {
      get head() {
        return feed.head
      },
      read: (after) => feed.read(after),
      changed: (after, timeoutMs, signal) => feed.changed(after, timeoutMs, signal),
      close,
    }
  }

  private *heads(): Iterable<readonly [InstanceId, bigint]> {
    for (const [instance, { head }] of this.instances) yield [instance, head]
  }
}

class InstanceFeed {
  head = 0n
  /** Resolves when `head` is known. */
  readonly opened: Promise<void>
  private readonly store: TaskStore
  private readonly instance: InstanceId
  private readonly report: (error: unknown) => void
  private readonly sleepers = new Set<() => void>()
  private readonly catchUp: CatchUp
  private members = 0
  private reading: Promise<void> | undefined
  private isStale = false
  /** The last events, without gaps. */
  private recent: StoredEvent[] = []
  private recentBytes = 0

  constructor(store: TaskStore, instance: InstanceId, report: (error: unknown) => void) {
    this.store = store
    this.instance = instance
    this.report = report
    this.catchUp = new CatchUp(store, instance)
    this.opened = this.open()
  }

  join(onEmpty: () => void): () => void {
    this.members += 1
    let isMember = true
    return () => {
      if (!isMember) return
      isMember = false
      this.members -= 1
      if (this.members === 0) onEmpty()
    }
  }

  wake(): void {
    this.isStale = true
    this.reading ??= this.readNew()
  }

  async read(after: bigint): Promise<readonly StoredEvent[]> {
    if (after >= this.head) return []
    const first = this.recent[0]?.revision
    if (first !== undefined && first <= after + 1n) return this.recentAfter(Number(after + 1n - first))
    return this.catchUp.read(after)
  }

  /** Some of the recent events from `start` on: a reader may hold them until it has given out the last one. */
  private recentAfter(start: number): readonly StoredEvent[] {
    let end = start + 1
    let bytes = this.recent[start]?.encoded.length ?? 0
    for (; end < this.recent.length; end += 1) {
      bytes += this.recent[end]?.encoded.length ?? 0
      if (bytes > WATCH_LIMITS.catchUpBytes) break
    }
    return this.recent.slice(start, end)
  }

  changed(after: bigint, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error)
        return
      }
      if (this.head > after) {
        resolve(true)
        return
      }
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.sleepers.delete(woken)
        signal.removeEventListener('abort', aborted)
        settle()
      }
      const woken = (): void => finish(() => resolve(true))
      const aborted = (): void => finish(() => reject(signal.reason as Error))
      const timer = setTimeout(() => finish(() => resolve(false)), timeoutMs)
      this.sleepers.add(woken)
      signal.addEventListener('abort', aborted)
    })
  }

  private async open(): Promise<void> {
    const { head } = await this.store.history(this.instance)
    // A change may have come and been read meanwhile.
    if (head > this.head) this.head = head
  }

  private async readNew(): Promise<void> {
    try {
      await this.opened
      while (this.isStale && this.members > 0) {
        this.isStale = false
        await this.readToEnd()
      }
    } catch (error) {
      this.report(error)
      setTimeout(() => this.wake(), WATCH_LIMITS.readAgainMs).unref()
    } finally {
      this.reading = undefined
    }
  }

  private async readToEnd(): Promise<void> {
    for (;;) {
      const limit = WATCH_LIMITS.readEvents
      const events = await this.store.events(this.instance, { taskId: undefined, after: this.head, limit })
      const last = events.at(-1)
      if (last === undefined) return
      this.keep(events)
      this.head = last.revision
      for (const wake of [...this.sleepers]) wake()
    }
  }

  private keep(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.recent.push(event)
      this.recentBytes += event.encoded.length
    }
    let surplus = 0
    while (this.recent.length - surplus > WATCH_LIMITS.recentEvents || this.recentBytes > WATCH_LIMITS.recentBytes) {
      this.recentBytes -= this.recent[surplus]?.encoded.length ?? 0
      surplus += 1
    }
    if (surplus > 0) this.recent = this.recent.slice(surplus)
  }
}
