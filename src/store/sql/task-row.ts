// The columns beside an encoded task: what lists are ordered and filtered by.
import { Task } from '../../../gen/openshift/v1/task.js'
import { toMilliseconds } from '../../task/duration.js'
import { dueAt } from '../../task/lifecycle-view.js'
import type { TaskRecord } from '../../task/task-change.js'

/** Indexed facts of a task; absent text is '', absent times are null. Times are milliseconds since 1970. */
export interface TaskColumns {
  readonly service_instance_id: string
  readonly task_id: string
  readonly revision: bigint
  readonly status: string
  readonly outcome: string
  readonly command: string
  readonly service: string
  readonly created_by: string
  readonly modified_by: string
  readonly resource_id: string
  readonly resource_type: string
  readonly parent_task_id: string
  readonly progress: number | null
  readonly lease_token: string
  /** The openshift.v1.Task with nothing but its lease, encoded; null without one. */
  readonly lease: Uint8Array | null
  readonly lease_expires_at: number | null
  /** Milliseconds. */
  readonly lease_ttl: number | null
  readonly due_at: number | null
  readonly created_at: number
  readonly modified_at: number
  readonly started_at: number | null
  readonly ended_at: number | null
  /** The openshift.v1.Task without its lease, which renewals change within a revision. */
  readonly encoded: Uint8Array
}

/** Every column of a task that a write gives. */
export const TASK_COLUMNS = [
  'service_instance_id',
  'task_id',
  'revision',
  'status',
  'outcome',
  'command',
  'service',
  'created_by',
  'modified_by',
  'resource_id',
  'resource_type',
  'created_at',
  'modified_at',
  'started_at',
  'ended_at',
  'parent_task_id',
  'progress',
  'lease',
  'lease_token',
  'lease_expires_at',
  'lease_ttl',
  'due_at',
  'encoded',
] as const satisfies readonly (keyof TaskColumns)[]

/** Columns that never change once a task is there. */
const FIXED: ReadonlySet<string> = new Set([
  'service_instance_id',
  'task_id',
  'command',
  'service',
  'created_by',
  'created_at',
  'parent_task_id',
])

/** The columns that a write of a task that is there can change. */
export const CHANGING_COLUMNS = TASK_COLUMNS.filter((column) => !FIXED.has(column))

/** The columns that a renewal of the lease changes. */
export type LeaseColumns = Pick<TaskColumns, 'lease' | 'lease_expires_at' | 'lease_ttl' | 'due_at'>

/** The columns of a task. */
export function taskColumns({ task, leaseToken }: TaskRecord): TaskColumns {
  return {
    ...leaseColumns(task),
    lease_token: leaseToken,
    service_instance_id: task.serviceInstanceId,
    task_id: task.id,
    revision: task.revision,
    status: task.status,
    outcome: task.outcome,
    command: task.command,
    service: task.service,
    created_by: task.createdBy,
    modified_by: task.modifiedBy,
    resource_id: task.resource?.id ?? '',
    resource_type: task.resource?.type ?? '',
    parent_task_id: task.parentTaskId,
    progress: task.progressPercent ?? null,
    created_at: task.createdAt?.getTime() ?? 0,
    modified_at: task.modifiedAt?.getTime() ?? 0,
    started_at: task.startedAt?.getTime() ?? null,
    ended_at: task.endedAt?.getTime() ?? null,
    encoded: Task.encode({ ...task, lease: undefined }).finish(),
  }
}

/** The columns that a renewal of the lease changes. */
export function leaseColumns(task: Task): LeaseColumns {
  return {
    lease: task.lease === undefined ? null : Task.encode(Task.create({ lease: task.lease })).finish(),
    lease_expires_at: task.lease?.expiresAt?.getTime() ?? null,
    lease_ttl: task.lease === undefined ? null : toMilliseconds(task.lease.ttl),
    due_at: dueAt(task)?.getTime() ?? null,
  }
}

/** The two parts of a task in its row. */
export interface EncodedRow {
  readonly encoded: Uint8Array
  readonly lease: Uint8Array | null
}

/** What of a row the writer reads. */
export interface RecordRow extends EncodedRow {
  readonly lease_token: string
}

/** The whole encoded task: fields of a message can stand in any order, so its parts only have to be joined. */
export function encodedTask({ encoded, lease }: EncodedRow): Uint8Array {
  return lease === null ? encoded : Buffer.concat([encoded, lease])
}

/** The record of a row. */
export function recordOf(row: RecordRow): TaskRecord {
  return { task: Task.decode(encodedTask(row)), leaseToken: row.lease_token }
}
