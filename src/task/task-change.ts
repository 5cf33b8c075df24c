// What can be written about a task, as plain data.
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Status as RpcStatus } from '../../gen/google/rpc/status.js'
import type { Lease, StatusDetail, Task, Task_Outcome } from '../../gen/openshift/v1/task.js'
import type { InstanceId, RequestId, TaskId } from './identifiers.js'
import type { NewTask } from './new-task.js'
import type { TaskPatch } from './task-patch.js'

/** How a task ends well. */
export type Outcome = Exclude<Task_Outcome, 'OUTCOME_UNSPECIFIED' | 'UNRECOGNIZED'>

/** Records a task; with `request`, at most once per instance and request id (AIP-155). */
export interface CreateChange {
  readonly kind: 'create'
  readonly task: NewTask
  /** The lease that guards the task once it is started. */
  readonly lease: Lease | undefined
  readonly request: { readonly id: RequestId; readonly hash: Uint8Array } | undefined
}

/** Begins the work, or takes it over. */
export interface StartChange {
  readonly kind: 'start'
  readonly owner: string
  /** Token of the lease, if the task has a lease policy. */
  readonly token: string
}

/** What the owner of the work writes; `token` is that of its lease. */
export type OwnerChange = { readonly token: string } & (
  | { readonly kind: 'update'; readonly patch: TaskPatch }
  | {
      readonly kind: 'complete'
      readonly response: Any | undefined
      readonly outcome: Outcome
      readonly statusDetails: StatusDetail[]
    }
  | { readonly kind: 'fail'; readonly error: RpcStatus; readonly statusDetails: StatusDetail[] }
  | { readonly kind: 'acknowledgePause' }
  | { readonly kind: 'acknowledgeCancel' }
)

/** What a caller asks of the producer. */
export interface ControlChange {
  readonly kind: 'cancel' | 'pause' | 'resume'
  readonly reason: string
}

/** Changes a task that exists. */
export type TaskUpdate = StartChange | OwnerChange | ControlChange

/** Keeps the lease; makes no revision. */
export interface RenewChange {
  readonly kind: 'renew'
  readonly token: string
}

/** Removes a task: asked for by a caller, or past its time. */
export interface DeleteChange {
  readonly kind: 'delete' | 'expire'
}

/** What happens by itself: time has passed, or children have moved. */
export type OwnChange = { readonly kind: 'due' } | { readonly kind: 'childrenProgressed'; readonly percent: number }

/** One write: to which task, by whom, and what. */
export interface TaskChange {
  readonly instance: InstanceId
  readonly taskId: TaskId
  /** Name of the caller. */
  readonly actor: string
  /** What the call that asks for it is named in logs; '' or undefined for what happens by itself. */
  readonly callId?: string | undefined
  /** Condition: the etag that the task must have; '' for none. */
  readonly etag: string
  readonly change: CreateChange | TaskUpdate | RenewChange | DeleteChange | OwnChange
}

/** Where in the history of its instance a write stands. */
export interface WriteTime {
  readonly revision: bigint
  /** From the store's clock; never before an earlier write of the same instance. */
  readonly at: Date
}

/** A task as a store keeps it: what readers get, and beside it what they must not. */
export interface TaskRecord {
  readonly task: Task
  /** Token of the lease; '' when nobody holds one. */
  readonly leaseToken: string
}
