// What a store tells of its own work. Every store tells the same.
import type { TaskEvent_Kind } from '../../gen/openshift/v1/task_event.js'
import type { InstanceId } from './identifiers.js'

/** Events of one instance that this process has committed in one transaction; their revisions follow each other. */
export interface CommittedEvents {
  readonly instance: InstanceId
  /** The revision before the first of them. */
  readonly after: bigint
  /** One for each event: what the call that asked for it is named, '' for what happened by itself. */
  readonly callIds: readonly string[]
}

/** Events of a transaction by their kind. */
export type KindCounts = Readonly<Partial<Record<TaskEvent_Kind, number>>>

/** Hears how a store works. */
export interface StoreWatch {
  /** A transaction of this process has left these events. Comes in the order of the revisions of an instance. */
  readonly onCommit: (events: readonly CommittedEvents[], kinds: KindCounts) => void
  /** A batch of writes was carried out, or failed, `ms` milliseconds after it was sent. */
  readonly onBatch: (batch: { readonly writes: number; readonly ms: number }) => void
  /** So many writes wait for their answer now. */
  readonly onQueue: (writes: number) => void
}
