// The store port: what the domain asks of a database. The instance comes first everywhere, so no query can forget it.
import type { RetentionPolicy } from '../../gen/openshift/v1/task_producer_service.js'
import type { TaskEvent } from '../../gen/openshift/v1/task_event.js'
import type { Filter } from './filter.js'
import type { Soon } from '../base/soon.js'
import type { InstanceId, TaskId } from './identifiers.js'
import type { Status } from './lifecycle.js'
import type { TaskChange } from './task-change.js'

/** A task at rest. */
export interface StoredTask {
  /**
   * The openshift.v1.Task that readers get, encoded: copied to the wire as it is. `lease.expires_at` is that of now, which
   * renewals move within a revision.
   */
  readonly encoded: Uint8Array
  readonly revision: bigint
}

/** A task as a write left it. */
export interface WrittenTask extends StoredTask {
  /** Token of the lease; '' when nobody holds one. Only for who took the lease. */
  readonly leaseToken: string
}

/** The order of a list. Positions in it are revisions: of the first write of a task, or of its last. */
export interface ListOrder {
  readonly field: 'created_at' | 'modified_at'
  readonly descending: boolean
}

/** Which tasks of an instance to read. */
export interface ListQuery {
  readonly order: ListOrder
  /** Undefined: all of them. */
  readonly filter: Filter | undefined
  /** A last look at each encoded task that the filter lets through. Default: all of them match. */
  readonly matches?: (encoded: Uint8Array) => boolean
  /** Position of the last task before this page; undefined on the first page. */
  readonly after: bigint | undefined
  /** Tasks at most, at least 1. */
  readonly limit: number
}

/** A page of tasks. */
export interface TaskPage {
  /** openshift.v1.Task each, encoded. */
  readonly tasks: readonly Uint8Array[]
  /** The page shows every write of the instance up to this revision; 0 for an instance without any. */
  readonly revision: bigint
  /** Position to read on after; undefined when there is nothing more. */
  readonly next: bigint | undefined
}

/** What a task looks like when it is ready to be sent: the bytes of the contract, or the JSON of the REST face. */
export type ReadyForm = keyof ReadyContent

/** Tasks that only have to be copied into an answer. */
export interface ReadyContent {
  /** Each task as field 1 of a message: one is an openshift.v1.GetTaskResponse, several the `tasks` of a ListTasksResponse. */
  readonly message: Uint8Array
  /** Each task as the JSON object that `printTask` makes of it, a comma between them; '' for none. */
  readonly json: string
}

/** A task that is ready to be sent. */
export interface ReadyTask<Form extends ReadyForm> {
  readonly content: ReadyContent[Form]
  readonly revision: bigint
}

/** A page that is ready to be sent: the tasks that `list` would answer. */
export interface ReadyPage<Form extends ReadyForm> extends Omit<TaskPage, 'tasks'> {
  readonly content: ReadyContent[Form]
  /** Tasks in it. */
  readonly count: number
}

/** Who waits for an answer that is not at hand. */
export interface Waiting {
  /** Ends the waiting; asked for only then. */
  readonly signal: AbortSignal
}

/** Which tasks to read by their place in a list, over one instance or several; only those that are no part of another. */
export interface SliceQuery {
  /** At most LIST_LIMITS.sliceInstances different ones; undefined: all there are. */
  readonly instances: readonly InstanceId[] | undefined
  /** By the clock; within one instance as everywhere. */
  readonly order: ListOrder
  /** Tasks to leave out at the beginning; at most LIST_LIMITS.sliceOffset. */
  readonly offset: number
  /** Tasks at most, at least 1. */
  readonly limit: number
}

/** A part of a list, and how long the list is. */
export interface TaskSlice {
  /** openshift.v1.Task each, encoded; they end early at LIST_LIMITS.pageBytes. */
  readonly tasks: readonly Uint8Array[]
  /** Tasks of the whole list, at the same moment. */
  readonly total: number
}

/** How many tasks an instance has. */
export interface TaskCounts {
  readonly total: number
  /** Those that are no part of another. */
  readonly roots: number
  /** By status; one that no task has is absent. */
  readonly byStatus: Readonly<Partial<Record<Status, number>>>
  /** The numbers show every write of the instance up to this revision. */
  readonly revision: bigint
}

/** One event of the history. */
export interface StoredEvent {
  readonly revision: bigint
  readonly taskId: string
  readonly event: TaskEvent
  /** The openshift.v1.Task after the event, encoded; of a deleted one, as it was. */
  readonly encoded: Uint8Array
  /** Revision of the write of the same task before this one. */
  readonly previousRevision: bigint | undefined
}

/** Which events of an instance to read. */
export interface EventQuery {
  /** Only those of this task. */
  readonly taskId: TaskId | undefined
  /** Only those after this revision. */
  readonly after: bigint
  /** Events at most, at least 1. */
  readonly limit: number
  /** Bytes of tasks after which no more events are read. Default: LIST_LIMITS.pageBytes. */
  readonly bytes?: number
}

/** How far the history of an instance reaches. */
export interface HistoryRange {
  /** Revision of the last write; 0 for an instance without any. */
  readonly head: bigint
  /** The lowest revision after which every event is still there. */
  readonly oldest: bigint
}

/** What one purge removed row by row; what a store drops as a whole is not counted. */
export interface PurgeCount {
  readonly requests: number
  readonly events: number
  /** Tasks that the retention policy of their instance has deleted. */
  readonly tasks: number
}

/** Hears that an instance has new events. */
export type ChangeListener = (instance: InstanceId) => void

/** The instances that a listener follows now, and the revision up to which it knows the events of each. */
export type FollowedInstances = () => Iterable<readonly [InstanceId, bigint]>

/**
 * Keeps tasks, and the history of each instance. An instance has one revision counter: every write takes the next
 * number in the same transaction, commit-ordered and without gaps, and leaves an event at it.
 *
 * What time does to tasks (leases, deadlines, requests without an answer) the store does by itself, by its own clock,
 * within LEASE_LIMITS.sweepIntervalMs and the time of a sweep.
 *
 * What is at hand is answered at once. Every method rejects, or then throws, with a TaskError: UNAVAILABLE (STORE_UNAVAILABLE) when the database does not answer, and with
 * SHUTTING_DOWN after `close`.
 */
export interface TaskStore {
  /** The task, or undefined when this instance has none by that id. Shows every write that was acknowledged before. */
  get(instance: InstanceId, id: TaskId): Soon<StoredTask | undefined>
  /** As `get`, with the task ready to be sent. */
  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): Soon<ReadyTask<Form> | undefined>
  /** Which of `instances` has the task, undefined for all there are; one of them when several do. */
  locate(id: TaskId, instances: readonly InstanceId[] | undefined): Promise<InstanceId | undefined>
  /** A page, ended early at LIST_LIMITS.pageBytes and LIST_LIMITS.scanRows; rejects with the reason of `signal`. */
  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage>
  /** As `list`, with the tasks ready to be sent. */
  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form, call: Waiting): Soon<ReadyPage<Form>>
  /**
   * A number that every commit raises which changes what reads of the instance show; renewals of leases, which make no
   * revision, do so too. 0 for an instance without any write; undefined: the store cannot say. Who keeps what was read must
   * ask for the version first and read afterwards: then what is kept is at least as new as its version, and a later commit is
   * always noticed. The other way round old content could be kept as new.
   */
  version(instance: InstanceId): Soon<bigint | undefined>
  /**
   * The same as `version` for this server and its life alone, known without asking the database: whoever finds the same
   * number before it reads and later has read what is there still. Undefined: not known, or just changing.
   */
  stamp(instance: InstanceId): number | undefined
  /** A part of a list across instances. Counting looks at no task. Rejects with the reason of `signal`. */
  slice(query: SliceQuery, signal: AbortSignal): Promise<TaskSlice>
  /** Looks at no task. */
  counts(instance: InstanceId): Promise<TaskCounts>
  /** Events, oldest first; events past their time may be missing. */
  events(instance: InstanceId, query: EventQuery): Promise<readonly StoredEvent[]>
  /** The task as a revision left it, encoded; undefined when that event is gone. */
  taskAt(instance: InstanceId, revision: bigint): Promise<Uint8Array | undefined>
  /** The last event of a task, also of one that is gone; undefined when the history knows none. */
  lastEvent(instance: InstanceId, id: TaskId): Promise<TaskEvent | undefined>
  history(instance: InstanceId): Promise<HistoryRange>
  /**
   * Applies one change durably and answers the task as written; for a delete, as it was. Rejects with what the rules of
   * the change throw, and with NOT_FOUND; nothing is written then. RESOURCE_EXHAUSTED (STORE_FULL, WRITE_QUEUE_FULL):
   * not written. UNAVAILABLE: perhaps written.
   */
  write(change: TaskChange): Promise<WrittenTask>
  /**
   * Calls `listener` after every commit of new events; returns how to stop that. Notices of other servers can get lost: the store
   * looks from time to time whether any instance of `followed` has more. Default: none are followed.
   */
  onChange(listener: ChangeListener, followed?: FollowedInstances): () => void
  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy>
  setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void>
  /** Removes request ids, events and tasks past their time, a bounded number of rows. */
  purge(): Promise<PurgeCount>
  /** Resolves when the store can read and write. */
  check(): Promise<void>
  /** Finishes the writes that were taken, then closes. Idempotent. */
  close(): Promise<void>
}
