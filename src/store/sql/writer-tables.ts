// What the writer asks of a database. What it reads may have to be waited for; what it writes need only be there once the
// batch is.
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskRecord, WriteTime } from '../../task/task-change.js'
import type { MadeRequest } from '../../task/write-plan.js'
import type { Steps } from './steps.js'
import type { CountChange } from './task-count.js'
import type { LeaseColumns, TaskColumns } from './task-row.js'

/** Columns of a task that is new. */
export type NewTaskColumns = TaskColumns & { readonly created_revision: bigint }

/** A row of the history. */
export interface EventColumns {
  readonly service_instance_id: string
  readonly revision: bigint
  readonly task_id: string
  readonly kind: string
  readonly actor: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly status_from: string | null
  readonly status_to: string | null
  readonly reason: string
  readonly previous_revision: bigint | null
  /** The openshift.v1.Task after the event. */
  readonly encoded: Uint8Array
}

/** A row of the memory of creates. */
export interface RequestColumns {
  readonly service_instance_id: string
  readonly request_id: string
  readonly task_id: string
  readonly hash: Uint8Array
  /** Milliseconds since 1970. */
  readonly made_at: number
}

/** The tables, as one batch sees and leaves them. */
export interface WriterTables {
  /** Milliseconds since 1970. */
  now(): number
  /** The last write of an instance; undefined when there was none. */
  lastWrite(instance: InstanceId): WriteTime | undefined
  task(instance: string, taskId: string): Steps<TaskRecord | undefined>
  request(instance: string, requestId: string): Steps<MadeRequest | undefined>
  hasChild(instance: string, taskId: string): Steps<boolean>
  /** A child that nobody has begun keeps nobody alive. */
  hasLiveChild(instance: string, taskId: string): Steps<boolean>
  /** Ids of the children that have not ended, in the order they were made. */
  openChildren(instance: string, taskId: string): Steps<readonly string[]>
  /** Children, theirs included, as far as they matter to a limit. */
  countDescendants(instance: string, taskId: string): Steps<number>
  /** Mean of the children's progress in whole percent, an ended child counting as 100, also once it is deleted. */
  meanProgress(instance: string, taskId: string): Steps<number>

  insertTask(columns: NewTaskColumns, task: Task): void
  /** Writes a task anew, and its labels when they have changed. */
  replaceTask(columns: TaskColumns, task: Task, before: Task | undefined): void
  removeTask(instance: string, taskId: string): void
  /** Writes what the renewal of its lease has made of a task. */
  putLease(lease: LeaseColumns, task: Task): void
  /** An ended child of the task is deleted. */
  countGone(instance: string, taskId: string): void
  /** Keeps the numbers of an instance right. */
  count(instance: string, changes: readonly CountChange[]): void
  putInstance(instance: InstanceId, time: WriteTime): void
  putEvent(event: EventColumns): void
  putRequest(request: RequestColumns): void
}
