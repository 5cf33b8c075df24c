// The life of a task: which action takes it from which status to which.
import type { Task_Status } from '../../gen/openshift/v1/task.js'
import { TaskError } from './task-error.js'

/** A status that a stored task can have. */
export type Status = Exclude<Task_Status, 'STATUS_UNSPECIFIED' | 'UNRECOGNIZED'>

/** What can happen to a task; `acknowledge...` is the producer's answer to what a caller asked for. */
export type Action =
  | 'start'
  | 'pause'
  | 'acknowledgePause'
  | 'resume'
  | 'cancel'
  | 'acknowledgeCancel'
  | 'complete'
  | 'fail'

/** Every allowed move; a status without moves is final. */
const MOVES: Readonly<Record<Status, Readonly<Partial<Record<Action, Status>>>>> = {
  PENDING: { start: 'RUNNING', cancel: 'CANCELLED', fail: 'FAILED' },
  RUNNING: { pause: 'PAUSING', cancel: 'CANCELLING', complete: 'SUCCEEDED', fail: 'FAILED' },
  PAUSING: { acknowledgePause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELLING', complete: 'SUCCEEDED', fail: 'FAILED' },
  PAUSED: { resume: 'RUNNING', cancel: 'CANCELLING', acknowledgeCancel: 'CANCELLED', fail: 'FAILED' },
  CANCELLING: { acknowledgeCancel: 'CANCELLED', complete: 'SUCCEEDED', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
  CANCELLED: {},
}

/** The status after `action`. Throws FAILED_PRECONDITION (STATUS_NOT_ALLOWED) when `from` does not allow it (AIP-216). */
export function move(from: Status, action: Action, taskId: string): Status {
  const to = MOVES[from][action]
  if (to === undefined) throw statusNotAllowed(action, from, taskId)
  return to
}

/** Where each action leads from `from`. */
export function movesOf(from: Status): Readonly<Partial<Record<Action, Status>>> {
  return MOVES[from]
}

/** Whether a task in this status has ended: nothing changes it any more. */
export function isTerminal(status: Status): boolean {
  return Object.keys(MOVES[status]).length === 0
}

/** Whether work may be going on for a task in this status: it has started and has not ended. */
export function isLive(status: Status): boolean {
  return status !== 'PENDING' && !isTerminal(status)
}

/** FAILED_PRECONDITION: a task in `status` cannot be `verb`ed. */
export function statusNotAllowed(verb: string, status: Status, taskId: string): TaskError {
  const message = `Cannot ${verb} a task that is ${status}`
  const details = { metadata: { status }, taskId, precondition: message }
  return new TaskError('FAILED_PRECONDITION', 'STATUS_NOT_ALLOWED', message, details)
}
