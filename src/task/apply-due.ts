// What time does to a task: deadlines, requests that nobody answers, leases that lapse. Pure.
import type { Task } from '../../gen/openshift/v1/task.js'
import { ended, reasonDetail, statusOf } from './apply-update.js'
import { openRequest, settled } from './control-request.js'
import { hasAttemptsLeft, renewed } from './lease.js'
import { isTerminal, move } from './lifecycle.js'
import type { TaskRecord } from './task-change.js'

/** Numbers of google.rpc.Code. */
const DEADLINE_EXCEEDED = 4
const ABORTED = 10

/** What becomes of a task, and the kind of the event that says so. */
export interface DueEffect {
  readonly kind: 'FAILED' | 'PAUSE_ABANDONED' | 'LEASE_EXPIRED'
  readonly record: TaskRecord
}

/** What `now` does to a task; undefined when nothing is due. */
export function applyDue(record: TaskRecord, now: Date): DueEffect | undefined {
  const { task } = record
  if (isTerminal(statusOf(task))) return undefined
  if (isPast(task.deadline, now)) return failed(task, 'DEADLINE', DEADLINE_EXCEEDED, now)
  const open = openRequest(task)
  if (isPast(open?.answerBy, now)) return open === task.cancelRequest ? cancelAbandoned(task, now) : pauseAbandoned(record, now)
  return isPast(task.lease?.expiresAt, now) ? leaseLapsed(task, now) : undefined
}

const MESSAGES = {
  DEADLINE: 'The deadline of the task has passed',
  OWNER_LOST: 'The owner of the work was lost: its lease lapsed',
  ABANDONED: 'The producer did not answer the request to cancel in time; the work may still be going on',
} as const

function failed(task: Task, reason: keyof typeof MESSAGES, code: number, now: Date): DueEffect {
  const error = { code, message: MESSAGES[reason], details: [reasonDetail(reason)] }
  const status = move(statusOf(task), 'fail', task.id)
  return { kind: 'FAILED', record: ended(task, { status, endReason: reason, endedAt: now, error }) }
}

function cancelAbandoned(task: Task, now: Date): DueEffect {
  return failed({ ...task, cancelRequest: settled(task.cancelRequest, 'ABANDONED', now) }, 'ABANDONED', ABORTED, now)
}

function pauseAbandoned(record: TaskRecord, now: Date): DueEffect {
  const { task } = record
  const pauseRequest = settled(task.pauseRequest, 'ABANDONED', now)
  const status = move(statusOf(task), 'resume', task.id)
  return { kind: 'PAUSE_ABANDONED', record: { ...record, task: { ...task, status, pauseRequest } } }
}

function leaseLapsed(task: Task, now: Date): DueEffect | undefined {
  const { lease } = task
  if (lease === undefined) return undefined
  if (lease.owner === '' || !hasAttemptsLeft(lease)) return failed(task, 'OWNER_LOST', ABORTED, now)
  return { kind: 'LEASE_EXPIRED', record: { task: { ...task, lease: { ...renewed(lease, now), owner: '' } }, leaseToken: '' } }
}

function isPast(time: Date | undefined, now: Date): boolean {
  return time !== undefined && time <= now
}
