// Purges a store now and then.
import { STORE_LIMITS } from './limits.js'
import { purgeAll } from './task/purge-all.js'
import type { TaskStore } from './task/task-store.js'

/** Purges every STORE_LIMITS.purgeIntervalMs. */
export class PurgeTimer {
  private readonly store: TaskStore
  private readonly onFault: (error: unknown) => void
  private readonly timer: NodeJS.Timeout
  private readonly stopped = new AbortController()
  private purging: Promise<void> | undefined

  /** `onFault` hears of purges that failed. */
  constructor(store: TaskStore, onFault: (error: unknown) => void) {
    this.store = store
    this.onFault = onFault
    this.timer = setInterval(() => {
      this.purging ??= this.purge()
    }, STORE_LIMITS.purgeIntervalMs)
  }

  /** Begins no more purges, and ends the one that runs soon. */
  stop(): void {
    clearInterval(this.timer)
    this.stopped.abort()
  }

  /** Resolves when none runs. */
  async idle(): Promise<void> {
    await this.purging
  }

  private async purge(): Promise<void> {
    try {
      await purgeAll(this.store, this.stopped.signal)
    } catch (error) {
      this.onFault(error)
    } finally {
      this.purging = undefined
    }
  }
}
