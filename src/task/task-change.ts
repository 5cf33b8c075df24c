// What can be written about a task, as plain data, and what each write makes of the stored task. Pure.
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Status as RpcStatus } from '../../gen/google/rpc/status.js'
import { Task, type StatusDetail, type Task_Outcome } from '../../gen/openshift/v1/task.js'
import { checkEtag, etagOf } from './etag.js'
import type { InstanceId, RequestId, TaskId } from './identifiers.js'
import { isLive, isTerminal, move, statusNotAllowed, type Status } from './lifecycle.js'
import type { NewTask } from './new-task.js'
import { applyPatch, type TaskPatch } from './task-patch.js'

/** How a task ends well. */
export type Outcome = Exclude<Task_Outcome, 'OUTCOME_UNSPECIFIED' | 'UNRECOGNIZED'>

/** Records a task; with `request`, at most once per instance and request id (AIP-155). */
export interface CreateChange {
  readonly kind: 'create'
  readonly task: NewTask
  readonly request: { readonly id: RequestId; readonly hash: Uint8Array } | undefined
}

/** Changes a task that exists; `etag` is a condition when not empty. */
export type TaskUpdate = { readonly etag: string } & (
  | { readonly kind: 'start' }
  | { readonly kind: 'update'; readonly patch: TaskPatch }
  | {
      readonly kind: 'complete'
      readonly response: Any | undefined
      readonly outcome: Outcome
      readonly statusDetails: StatusDetail[]
    }
  | { readonly kind: 'fail'; readonly error: RpcStatus; readonly statusDetails: StatusDetail[] }
)

/** Removes a task that is not live. */
export interface DeleteChange {
  readonly kind: 'delete'
  readonly etag: string
}

/** One write: to which task, by whom, and what. */
export interface TaskChange {
  readonly instance: InstanceId
  readonly taskId: TaskId
  /** Name of the caller. */
  readonly actor: string
  readonly change: CreateChange | TaskUpdate | DeleteChange
}

/** Where in the history of its instance a write stands. */
export interface WriteTime {
  readonly revision: bigint
  /** From the store's clock; never before an earlier write of the same instance. */
  readonly at: Date
}

/** The task that a create makes. */
export function createdTask(write: TaskChange, create: CreateChange, time: WriteTime): Task {
  const task = Task.create({
    ...create.task,
    id: write.taskId,
    serviceInstanceId: write.instance,
    status: 'PENDING',
    createdAt: time.at,
    createdBy: create.task.createdBy === '' ? write.actor : create.task.createdBy,
  })
  return stamped(task, write.actor, time)
}

/** The task after an update. Throws ABORTED on another etag, FAILED_PRECONDITION when its status does not allow it. */
export function updatedTask(stored: Task, write: TaskChange, update: TaskUpdate, time: WriteTime): Task {
  checkEtag(update.etag, stored.etag)
  return stamped(applyUpdate(stored, update, time.at), write.actor, time)
}

/** Throws ABORTED on another etag, FAILED_PRECONDITION when the task is live. */
export function checkDelete(stored: Task, change: DeleteChange): void {
  checkEtag(change.etag, stored.etag)
  if (isLive(statusOf(stored))) throw statusNotAllowed('delete', statusOf(stored), stored.id)
}

function applyUpdate(stored: Task, update: TaskUpdate, at: Date): Task {
  const status = statusOf(stored)
  switch (update.kind) {
    case 'start':
      return { ...stored, status: move(status, 'start', stored.id), startedAt: at }
    case 'update':
      if (isTerminal(status)) throw statusNotAllowed('update', status, stored.id)
      return applyPatch(stored, update.patch)
    case 'complete':
      return {
        ...ended(stored, update.statusDetails, at),
        status: move(status, 'complete', stored.id),
        response: update.response,
        outcome: update.outcome,
        progressPercent: update.outcome === 'PARTIAL' ? stored.progressPercent : 100,
      }
    case 'fail':
      return {
        ...ended(stored, update.statusDetails, at),
        status: move(status, 'fail', stored.id),
        error: update.error,
      }
  }
}

function ended(stored: Task, statusDetails: StatusDetail[], at: Date): Task {
  return { ...stored, endedAt: at, statusDetails: statusDetails.length > 0 ? statusDetails : stored.statusDetails }
}

function stamped(task: Task, actor: string, { revision, at }: WriteTime): Task {
  return { ...task, modifiedAt: at, modifiedBy: actor, revision, etag: etagOf(revision) }
}

/** Status of a stored task: a store holds no other. */
function statusOf(stored: Task): Status {
  return stored.status as Status
}
