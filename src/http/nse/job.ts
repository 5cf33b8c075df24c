// A task in the words of the jobs API of NetApp Service Engine. Pure. Source: the document of that API; where it is silent,
// docs/decisions/0016-jobs-of-the-service-engine.md.
import type { StatusDetail, Task } from '../../../gen/openshift/v1/task.js'
import { statusOf } from '../../task/apply-update.js'
import { isTerminal, type Status } from '../../task/lifecycle.js'
import { requestPayload } from './request-payload.js'

/** Where a job or job task is. */
export type JobStatus = 'pending' | 'running' | 'waiting' | 'successful' | 'failed' | 'canceled'

/** How a job ended. Each of them ends a documented polling loop, so that none may show before the end. */
export type JobState = 'NORMAL' | 'PARTIAL_FAILURES' | 'ERROR'

/** What a job and a job task have in common. */
interface Work {
  readonly action: string
  readonly object_id: string
  readonly object_type: string
  readonly status: JobStatus
  readonly status_detail: string
  /** Why it failed or was canceled; '' otherwise. */
  readonly last_error: string
  readonly user_id: string
}

/** A task that is no part of another. */
export interface Job extends Work {
  readonly id: string
  readonly job_summary: string
  /** RFC 3339 in UTC, with milliseconds. */
  readonly created: string
  readonly updated: string
  /** Absent when the object has no name. */
  readonly object_name?: string
  /** Absent before the end. */
  readonly state?: JobState
  /** Null in the answer to who has just recorded the job. */
  readonly job_tasks: readonly JobTask[] | null
}

/** A part of a job. */
export interface JobTask extends Work {
  readonly id: string
  readonly job_id: string
  readonly driver: string
  readonly resource_type: string
  readonly request_payload: object
}

/** Label of a job task that says what kind of resource it works on, when that is not the type of its object. */
const RESOURCE_TYPE_LABEL = 'resource_type'

const STATUSES: Readonly<Record<Status, { readonly status: JobStatus; readonly state?: JobState }>> = {
  PENDING: { status: 'pending' },
  RUNNING: { status: 'running' },
  PAUSING: { status: 'running' },
  PAUSED: { status: 'waiting' },
  CANCELLING: { status: 'running' },
  SUCCEEDED: { status: 'successful', state: 'NORMAL' },
  FAILED: { status: 'failed', state: 'ERROR' },
  CANCELLED: { status: 'canceled', state: 'ERROR' },
}

/** The job that a task is. */
export function jobOf(task: Task, jobTasks: Job['job_tasks']): Job {
  const { object_id, object_type, action, status, status_detail, last_error, user_id } = workOf(task)
  const state = stateOf(task)
  const name = task.resource?.name ?? ''
  return {
    id: task.id,
    action,
    job_summary: task.summary,
    created: timeOf(task.createdAt),
    updated: timeOf(task.modifiedAt),
    object_id,
    object_type,
    ...(name !== '' && { object_name: name }),
    status,
    ...(state !== undefined && { state }),
    status_detail,
    last_error,
    user_id,
    job_tasks: jobTasks,
  }
}

/** The job task that a part is. */
export function jobTaskOf(task: Task): JobTask {
  const { action, object_id, object_type, ...rest } = workOf(task)
  return {
    id: task.id,
    job_id: task.parentTaskId,
    action,
    driver: task.service,
    object_id,
    object_type,
    resource_type: task.labels[RESOURCE_TYPE_LABEL] ?? object_type,
    ...rest,
    request_payload: requestPayload(task.metadata),
  }
}

/** Whether a poller of the job is done. */
export function hasEnded(task: Task): boolean {
  return isTerminal(statusOf(task))
}

function workOf(task: Task): Work {
  return {
    action: task.command,
    object_id: task.resource?.id ?? '',
    object_type: task.resource?.type ?? '',
    status: STATUSES[statusOf(task)].status,
    status_detail: detailText(task.statusDetails.at(-1)),
    last_error: task.error?.message ?? '',
    user_id: task.createdBy,
  }
}

function stateOf(task: Task): JobState | undefined {
  const { state } = STATUSES[statusOf(task)]
  return state === 'NORMAL' && task.outcome === 'PARTIAL' ? 'PARTIAL_FAILURES' : state
}

/** There is room for one detail, and producers add the newest at the end. */
function detailText(last: StatusDetail | undefined): string {
  if (last === undefined) return ''
  return last.detail === '' ? last.title : last.detail
}

/** A stored task has both times. */
function timeOf(time: Date | undefined): string {
  return time?.toISOString() ?? ''
}
