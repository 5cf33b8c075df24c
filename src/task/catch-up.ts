// Pages of the history for those who have fallen behind. They tend to fall behind together: the last pages are shared.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { WATCH_LIMITS } from '../limits.js'
import type { InstanceId } from './identifiers.js'
import type { StoredEvent, TaskStore } from './task-store.js'

interface Page {
  readonly events: Promise<readonly StoredEvent[]>
  /** Of the tasks in it; 0 until it is read. */
  bytes: number
}

/** Reads the history of one instance a little at a time, and keeps WATCH_LIMITS.recentBytes of what it read. */
export class CatchUp {
  private readonly store: TaskStore
  private readonly instance: InstanceId
  private readonly pages = new Map<bigint, Page>()
  private bytes = 0

  constructor(store: TaskStore, instance: InstanceId) {
    this.store = store
    this.instance = instance
  }

  /** Some events after `after`: WATCH_LIMITS.catchUpBytes of them, or one that is larger. Takes turns with everything else. */
  async read(after: bigint): Promise<readonly StoredEvent[]> {
    await nextTurn()
    const known = this.pages.get(after)
    if (known !== undefined) return known.events
    const page = { events: this.load(after), bytes: 0 }
    this.pages.set(after, page)
    try {
      const events = await page.events
      this.keep(after, page, events)
      return events
    } catch (error) {
      if (this.pages.get(after) === page) this.pages.delete(after)
      throw error
    }
  }

  private load(after: bigint): Promise<readonly StoredEvent[]> {
    const { readEvents: limit, catchUpBytes: bytes } = WATCH_LIMITS
    return this.store.events(this.instance, { taskId: undefined, after, limit, bytes })
  }

  private keep(at: bigint, page: Page, events: readonly StoredEvent[]): void {
    // It may have had to make room while it was read: what is not kept is not counted.
    if (this.pages.get(at) !== page) return
    page.bytes = events.reduce((sum, { encoded }) => sum + encoded.length, 0)
    this.bytes += page.bytes
    for (const [after, { bytes }] of this.pages) {
      if (this.bytes <= WATCH_LIMITS.recentBytes) return
      this.pages.delete(after)
      this.bytes -= bytes
    }
  }
}
