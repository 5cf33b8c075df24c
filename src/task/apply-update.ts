// What each change makes of a task. Pure; what is refused throws.
import type { Any } from '../../gen/google/protobuf/any.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import type { Task, Task_EndReason } from '../../gen/openshift/v1/task.js'
import { packAny } from '../base/any.js'
import { requested, settled } from './control-request.js'
import { checkLeaseToken, granted, isSameToken, leaseHeld } from './lease.js'
import { isTerminal, move, statusNotAllowed, type Action, type Status } from './lifecycle.js'
import type { ControlChange, OwnerChange, StartChange, TaskRecord, TaskUpdate } from './task-change.js'
import { TaskError } from './task-error.js'
import { applyPatch } from './task-patch.js'

/** Numbers of google.rpc.Code. */
const CANCELLED = 1

/**
 * The record after `update` by `actor`; the same object when nothing changes. Throws ABORTED (LEASE_LOST) when the writer
 * does not own the work, FAILED_PRECONDITION when the task does not allow it.
 */
export function applyUpdate(record: TaskRecord, update: TaskUpdate, actor: string, at: Date): TaskRecord {
  switch (update.kind) {
    case 'start':
      return start(record, update, at)
    case 'cancel':
    case 'pause':
    case 'resume':
      return control(record, update, actor, at)
    default:
      checkLeaseToken(record.task, record.leaseToken, update.token)
      return byOwner(record, update, at)
  }
}

function start(record: TaskRecord, { owner, token }: StartChange, at: Date): TaskRecord {
  const { task } = record
  const { lease } = task
  if (lease === undefined) return { ...record, task: { ...task, status: moved(task, 'start'), startedAt: at } }
  if (record.leaseToken !== '' && isSameToken(record.leaseToken, token)) return record
  if (isTerminal(statusOf(task))) throw statusNotAllowed('start', statusOf(task), task.id)
  if (lease.owner !== '') throw leaseHeld(lease, task.id)
  const isFirst = lease.attempt === 0
  const status = isFirst ? moved(task, 'start') : task.status
  return { task: { ...task, status, startedAt: task.startedAt ?? at, lease: granted(lease, owner, at) }, leaseToken: token }
}

function byOwner(record: TaskRecord, update: OwnerChange, at: Date): TaskRecord {
  const { task } = record
  const { kind } = update
  switch (kind) {
    case 'update':
      if (isTerminal(statusOf(task))) throw statusNotAllowed('update', statusOf(task), task.id)
      return { ...record, task: applyPatch(task, update.patch) }
    case 'complete': {
      const { response, outcome } = update
      const progressPercent = outcome === 'PARTIAL' ? task.progressPercent : 100
      const end = { status: moved(task, 'complete'), endReason: 'COMPLETED', endedAt: at } as const
      return ended(task, { ...end, response, outcome, progressPercent, ...detailsOf(task, update) })
    }
    case 'fail':
      return ended(task, {
        status: moved(task, 'fail'),
        endReason: 'PRODUCER_FAILED',
        endedAt: at,
        error: update.error,
        ...detailsOf(task, update),
      })
    case 'acknowledgePause': {
      const pauseRequest = settled(task.pauseRequest, 'ACKNOWLEDGED', at)
      return { ...record, task: { ...task, status: moved(task, 'acknowledgePause'), pauseRequest } }
    }
    case 'acknowledgeCancel':
      return cancelled(task, moved(task, 'acknowledgeCancel'), at)
  }
}

function control(record: TaskRecord, change: ControlChange, actor: string, at: Date): TaskRecord {
  const { task } = record
  const isSupported = change.kind === 'cancel' ? task.cancelSupported : task.pauseSupported
  if (!isSupported) throw notSupported(change.kind, task.id)
  if (isDone(change.kind, statusOf(task))) return record
  // Nobody is there to acknowledge it while the task waits for its next owner.
  const isAwaited = change.kind === 'cancel' && task.lease !== undefined && record.leaseToken === ''
  const status = isAwaited && !isTerminal(statusOf(task)) ? 'CANCELLED' : moved(task, change.kind)
  const request = requested(actor, change.reason, at)
  if (change.kind === 'pause') return { ...record, task: { ...task, status, pauseRequest: request } }
  const pauseRequest = settled(task.pauseRequest, 'SUPERSEDED', at)
  if (change.kind === 'resume') return { ...record, task: { ...task, status, pauseRequest } }
  const asked = { ...task, pauseRequest, cancelRequest: request }
  return status === 'CANCELLED' ? cancelled(asked, status, at) : { ...record, task: { ...asked, status } }
}

/** Whether what is asked for has been asked for, or has happened, already. */
function isDone(kind: ControlChange['kind'], status: Status): boolean {
  switch (kind) {
    case 'cancel':
      return status === 'CANCELLING' || status === 'CANCELLED'
    case 'pause':
      return status === 'PAUSING' || status === 'PAUSED'
    case 'resume':
      return status === 'RUNNING'
  }
}

function cancelled(task: Task, status: Status, at: Date): TaskRecord {
  const { requestedBy = '', reason = '' } = task.cancelRequest ?? {}
  const why = reason === '' ? '' : `: ${reason}`
  const by = requestedBy === '' ? '' : ` by ${requestedBy}`
  const error = { code: CANCELLED, message: `Cancelled${by}${why}`, details: [reasonDetail('USER_CANCEL')] }
  const cancelRequest = settled(task.cancelRequest, 'ACKNOWLEDGED', at)
  return ended({ ...task, cancelRequest }, { status, endReason: 'USER_CANCEL', endedAt: at, error, cancelledAt: at })
}

/** How a task ends, and what else it says then. */
interface End extends Partial<Task> {
  readonly status: Status
  readonly endReason: Task_EndReason
  readonly endedAt: Date
}

/** The record of a task that ends: nobody owns its work any more. */
export function ended(task: Task, end: End): TaskRecord {
  const cancelRequest = settled(task.cancelRequest, 'SUPERSEDED', end.endedAt)
  const pauseRequest = settled(task.pauseRequest, 'SUPERSEDED', end.endedAt)
  return { task: { ...task, lease: undefined, cancelRequest, pauseRequest, ...end }, leaseToken: '' }
}

/** A google.rpc.ErrorInfo that says why a task ended. */
export function reasonDetail(reason: Task_EndReason): Any {
  return packAny(ErrorInfo, { reason, domain: 'taskplane' })
}

function detailsOf(task: Task, { statusDetails }: Pick<Task, 'statusDetails'>): Pick<Task, 'statusDetails'> {
  return { statusDetails: statusDetails.length > 0 ? statusDetails : task.statusDetails }
}

function notSupported(verb: string, taskId: string): TaskError {
  const message = `Cannot ${verb} a task whose producer does not support it`
  return new TaskError('FAILED_PRECONDITION', 'NOT_SUPPORTED', message, { taskId, precondition: message })
}

function moved(task: Task, action: Action): Status {
  return move(statusOf(task), action, task.id)
}

/** Status of a stored task: a store holds no other. */
export function statusOf(task: Task): Status {
  return task.status as Status
}
