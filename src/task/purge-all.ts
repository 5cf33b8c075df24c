// Purges a store of all that is past its time, in passes that let writes through in between.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { STORE_LIMITS } from '../limits.js'
import type { TaskStore } from './task-store.js'

/** Purges until a pass removes less than it may, or `signal` aborts. Rejects with what the store rejects with. */
export async function purgeAll(store: Pick<TaskStore, 'purge'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { requests, events, tasks } = await store.purge()
    if (Math.max(requests, events, tasks) < STORE_LIMITS.purgeRows) return
    await nextTurn()
  }
}
