// The store port: what the domain asks of a database. The instance comes first everywhere, so no query can forget it.
import type { Filter } from './filter.js'
import type { InstanceId, TaskId } from './identifiers.js'
import type { TaskChange } from './task-change.js'

/** A task at rest. */
export interface StoredTask {
  /** The openshift.v1.Task that readers get, encoded: copied to the wire as it is. */
  readonly encoded: Uint8Array
  readonly revision: bigint
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

/** What one purge removed, in rows. */
export interface PurgeCount {
  readonly requests: number
  readonly events: number
}

/**
 * Keeps tasks, and the history of each instance. An instance has one revision counter: every write takes the next
 * number in the same transaction, commit-ordered and without gaps, and leaves an event at it.
 *
 * Every method rejects with a TaskError: UNAVAILABLE (STORE_UNAVAILABLE) when the database does not answer, and with
 * SHUTTING_DOWN after `close`.
 */
export interface TaskStore {
  /** The task, or undefined when this instance has none by that id. Shows every write that was acknowledged before. */
  get(instance: InstanceId, id: TaskId): Promise<StoredTask | undefined>
  /** A page, ended early at LIST_LIMITS.pageBytes and LIST_LIMITS.scanRows; rejects with the reason of `signal`. */
  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage>
  /**
   * Applies one change durably and answers the task as written; for a delete, as it was. Rejects with what the rules of
   * the change throw, and with NOT_FOUND; nothing is written then. RESOURCE_EXHAUSTED (STORE_FULL, WRITE_QUEUE_FULL):
   * not written. UNAVAILABLE: perhaps written.
   */
  write(change: TaskChange): Promise<StoredTask>
  /** Removes request ids and events past their time, a bounded number of rows. */
  purge(): Promise<PurgeCount>
  /** Resolves when the store can read and write. */
  check(): Promise<void>
  /** Finishes the writes that were taken, then closes. Idempotent. */
  close(): Promise<void>
}
