// What the event loop and the writer's thread say to each other: plain data, as structured clone carries it.
import type { TaskErrorData } from '../../task/task-error.js'
import type { TaskChange } from '../../task/task-change.js'
import type { PurgeCount, StoredTask } from '../../task/task-store.js'

/** A request to the writer; every one is answered, in order. */
export type WriterRequest =
  | { readonly kind: 'write'; readonly writes: readonly TaskChange[] }
  | { readonly kind: 'purge' }
  | { readonly kind: 'check' }
  | { readonly kind: 'close' }

/** What became of one write. */
export type WriteOutcome = { readonly task: StoredTask } | { readonly error: TaskErrorData }

/** The answer to a request. `failed`: the request as a whole; `message` is for the log. */
export type WriterAnswer =
  | { readonly kind: 'written'; readonly outcomes: readonly WriteOutcome[] }
  | { readonly kind: 'purged'; readonly count: PurgeCount }
  | { readonly kind: 'checked' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: TaskErrorData | undefined; readonly message: string }

/** What the thread is started with. */
export interface WriterOptions {
  readonly path: string
}
