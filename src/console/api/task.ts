// What the REST API says of tasks, as JSON: the messages of proto/openshift/v1 that the console reads. Types only, and the
// tables of their words.

/** openshift.v1.Task.Status, in the order of a life. */
export const STATUSES = ['PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
export type Status = (typeof STATUSES)[number]

/** What the overview calls running, waiting and ended. */
export const RUNNING: readonly Status[] = ['RUNNING', 'PAUSING', 'CANCELLING']
export const WAITING: readonly Status[] = ['PENDING', 'PAUSED']
const ENDED: readonly Status[] = ['SUCCEEDED', 'FAILED', 'CANCELLED']

/** google.protobuf.Any: with `any=canonical` the fields of the message beside `@type`; of an unknown type, its bytes. */
export type AnyJson = Readonly<Record<string, unknown>>

/** openshift.v1.Task; times in RFC 3339, int64 as text. */
export interface Task {
  readonly id: string
  readonly serviceInstanceId: string
  readonly command: string
  readonly status: Status
  readonly createdAt: string
  readonly createdBy: string
  readonly modifiedAt: string
  readonly revision: string
  readonly metadata?: AnyJson
  readonly response?: AnyJson
  readonly error?: StatusJson
  readonly summary?: string
  readonly description?: string
  readonly service?: string
  readonly resource?: ResourceJson
  readonly progressPercent?: number
  readonly statusDetails?: readonly StatusDetail[]
  readonly startedAt?: string
  readonly endedAt?: string
  readonly modifiedBy?: string
  readonly outcome?: 'CLEAN' | 'WARNING' | 'PARTIAL'
  readonly labels?: Readonly<Record<string, string>>
  readonly etag?: string
  readonly parentTaskId?: string
  readonly orderHint?: number
  readonly allowedTransitions?: readonly Status[]
  readonly lease?: Lease
  readonly cancelRequest?: ControlRequest
  readonly pauseRequest?: ControlRequest
  readonly endReason?: string
  readonly deadline?: string
}

export interface ResourceJson {
  readonly id?: string
  readonly uri?: string
  readonly type?: string
  readonly name?: string
}

export interface StatusDetail {
  readonly type?: string
  readonly title: string
  readonly detail?: string
}

/** google.rpc.Status. */
export interface StatusJson {
  readonly code?: number
  readonly message?: string
  readonly details?: readonly AnyJson[]
}

/** openshift.v1.Lease; `ttl` as `15s`. */
export interface Lease {
  readonly owner?: string
  readonly expiresAt?: string
  readonly ttl?: string
  readonly attempt?: number
  readonly maxAttempts?: number
}

/** openshift.v1.ControlRequest. */
export interface ControlRequest {
  readonly state: 'REQUESTED' | 'ACKNOWLEDGED' | 'ABANDONED' | 'SUPERSEDED'
  readonly requestedBy?: string
  readonly requestedAt?: string
  readonly reason?: string
  readonly answerBy?: string
  readonly settledAt?: string
}

/** openshift.v1.TaskEvent. */
export interface TaskEvent {
  readonly revision: string
  readonly at: string
  readonly taskId: string
  readonly kind: string
  readonly actor?: string
  readonly from?: Status
  readonly to?: Status
  readonly reason?: string
}

/** openshift.v1.WatchTasksResponse. */
export interface WatchAnswer {
  readonly revision?: string
  readonly event?: TaskEvent
  readonly task?: Task
  readonly matches?: boolean
}

/** openshift.v1.ListTasksResponse. */
export interface TaskPage {
  readonly tasks: readonly Task[]
  readonly nextPageToken?: string
  readonly revision?: string
}

/** openshift.v1.CountTasksResponse. */
export interface TaskCounts {
  readonly total?: string
  readonly byStatus?: Readonly<Partial<Record<Status, string>>>
}

/** Whether the task has ended for good. */
export function isEnded({ status }: Pick<Task, 'status'>): boolean {
  return ENDED.includes(status)
}

/** Whether `a` was written after `b`. */
export function isLater(a: Pick<Task, 'revision'>, b: Pick<Task, 'revision'>): boolean {
  return BigInt(a.revision) > BigInt(b.revision)
}
