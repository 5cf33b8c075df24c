// What the event loop and the writer's thread say to each other: plain data, as structured clone carries it.
import type { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import type { LimitValues } from '../../set-limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { CommittedEvents, KindCounts } from '../../task/store-watch.js'
import type { TaskErrorData } from '../../task/task-error.js'
import type { TaskChange } from '../../task/task-change.js'
import type { PurgeCount, WrittenTask } from '../../task/task-store.js'

/** A request to the writer; every one is answered, in order. */
export type WriterRequest =
  | { readonly kind: 'write'; readonly writes: readonly TaskChange[] }
  | { readonly kind: 'setPolicy'; readonly instance: InstanceId; readonly policy: RetentionPolicy }
  | { readonly kind: 'purge' }
  | { readonly kind: 'check' }
  | { readonly kind: 'close' }

/** What became of one write. */
export type WriteOutcome = { readonly task: WrittenTask } | { readonly error: TaskErrorData }

/** The answer to a request. `failed`: the request as a whole; `message` is for the log. */
export type WriterAnswer =
  | { readonly kind: 'written'; readonly outcomes: readonly WriteOutcome[] }
  | { readonly kind: 'purged'; readonly count: PurgeCount }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: TaskErrorData | undefined; readonly message: string }

/** What the writer says unasked: there are new events, or what it does by itself has failed. */
export type WriterNotice =
  | { readonly kind: 'changed'; readonly events: readonly CommittedEvents[]; readonly kinds: KindCounts }
  | { readonly kind: 'fault'; readonly message: string }

/** What the thread is started with. */
export interface WriterOptions {
  readonly path: string
  /** The limits of the process: a thread loads its own. */
  readonly limits: LimitValues
  /** Where its stamps are: the memory of a StampMemory, or the path of a file. */
  readonly stamps: SharedArrayBuffer | string
}
