// What one write does to a store: decided here, once, for every store. Pure.
import { Task } from '../../gen/openshift/v1/task.js'
import type { TaskEvent_Kind } from '../../gen/openshift/v1/task_event.js'
import { STORE_LIMITS } from '../limits.js'
import { applyDue } from './apply-due.js'
import { applyUpdate, statusOf } from './apply-update.js'
import { checkEtag, etagOf } from './etag.js'
import { hasParts } from './family.js'
import { checkLeaseToken, renewed } from './lease.js'
import { isLive, isTerminal, statusNotAllowed } from './lifecycle.js'
import { allowedTransitions } from './lifecycle-view.js'
import type { CreateChange, RenewChange, TaskChange, TaskRecord, WriteTime } from './task-change.js'
import { TaskError, taskNotFound } from './task-error.js'

/** A create that was made before with the same request id. */
export interface MadeRequest {
  readonly taskId: string
  readonly hash: Uint8Array
  readonly madeAt: Date
}

/**
 * What the store has to do. `insert`, `replace` and `remove` take the revision that was planned for and leave an event of
 * `kind`; `renew` only keeps the new time of the lease; `none` does nothing.
 */
export type WritePlan =
  | {
      readonly effect: 'insert' | 'replace' | 'remove'
      readonly kind: TaskEvent_Kind
      readonly reason: string
      /** The task before; undefined for an insert. */
      readonly before: Task | undefined
      /** The task afterwards; for a remove, as it was. */
      readonly record: TaskRecord
    }
  | { readonly effect: 'renew' | 'none'; readonly record: TaskRecord }

/** What a plan needs to know beside the task itself. */
export interface PlanContext {
  readonly time: WriteTime
  /** Since when owners could renew their leases without a break. */
  readonly servedSince: Date
  /** Whether a task that has been started and has not ended has this one as its parent; matters to what is due. */
  readonly hasLiveChildren: boolean
  /** Whether any task has this one as its parent; matters to what removes it. */
  readonly hasChildren: boolean
}

/**
 * The task that a create made earlier with the same request id, or undefined when it is to be made now. Throws
 * ALREADY_EXISTS (REQUEST_ID_REUSED) when the earlier request was another one (AIP-155).
 */
export function madeBefore(create: CreateChange, made: MadeRequest | undefined, now: Date): string | undefined {
  if (made === undefined || now.getTime() - made.madeAt.getTime() > STORE_LIMITS.requestIdMemoryMs) return undefined
  if (create.request !== undefined && Buffer.compare(made.hash, create.request.hash) === 0) return made.taskId
  throw new TaskError('ALREADY_EXISTS', 'REQUEST_ID_REUSED', 'request_id was used for another request within 24 hours', {
    metadata: { taskId: made.taskId },
    fieldViolations: [{ field: 'request_id', description: 'expected a new one for a new request' }],
  })
}

/** Plans a write on `stored`, the task with its id. Throws what the rules of the change throw. */
export function planWrite(write: TaskChange, stored: TaskRecord | undefined, context: PlanContext): WritePlan {
  const { change } = write
  if (change.kind === 'create') {
    const record = created(write, change, context.time)
    return put(write, { before: undefined, record, kind: 'CREATED' }, context.time)
  }
  if (stored === undefined) throw taskNotFound(write.taskId)
  checkEtag(write.etag, stored.task.etag)
  switch (change.kind) {
    case 'delete':
    case 'expire':
      if (isLive(statusOf(stored.task))) throw statusNotAllowed('delete', statusOf(stored.task), stored.task.id)
      if (context.hasChildren) throw hasParts(stored.task.id)
      return {
        effect: 'remove',
        kind: change.kind === 'delete' ? 'DELETED' : 'EXPIRED',
        reason: '',
        before: stored.task,
        record: stored,
      }
    case 'renew':
      return renew(stored, change, context.time.at)
    case 'due':
      return planDue(write, stored, context)
    case 'childrenProgressed': {
      const task = { ...stored.task, progressPercent: change.percent }
      if (isTerminal(statusOf(task)) || task.progressPercent === stored.task.progressPercent) return nothing(stored)
      return put(write, { before: stored.task, record: { ...stored, task }, kind: 'UPDATED' }, context.time)
    }
    default: {
      const record = applyUpdate(stored, change, write.actor, context.time.at)
      if (record === stored) return nothing(stored)
      return put(write, { before: stored.task, record, kind: KINDS[change.kind] }, context.time)
    }
  }
}

const KINDS = {
  start: 'STARTED',
  update: 'UPDATED',
  complete: 'SUCCEEDED',
  fail: 'FAILED',
  pause: 'PAUSE_REQUESTED',
  acknowledgePause: 'PAUSED',
  resume: 'RESUMED',
  cancel: 'CANCEL_REQUESTED',
  acknowledgeCancel: 'CANCELLED',
} as const satisfies Record<string, TaskEvent_Kind>

function planDue(write: TaskChange, stored: TaskRecord, { time, servedSince, hasLiveChildren }: PlanContext): WritePlan {
  const effect = applyDue(stored, time.at)
  if (effect === undefined) return nothing(stored)
  const isOwnerLost = effect.kind === 'LEASE_EXPIRED' || effect.record.task.endReason === 'OWNER_LOST'
  if (isOwnerLost) {
    // A parent is alive while work goes on for a child.
    if (hasLiveChildren) return { effect: 'renew', record: withLease(stored, time.at) }
    // While nobody served, nobody could renew: the owner gets a whole ttl from then.
    if (lapsesAt(stored.task, servedSince) > time.at) return { effect: 'renew', record: withLease(stored, servedSince) }
  }
  return put(write, { before: stored.task, ...effect }, time)
}

/** When a lease that was renewed at `at` lapses. */
function lapsesAt({ lease }: Task, at: Date): Date {
  return (lease && renewed(lease, at).expiresAt) ?? at
}

function renew(stored: TaskRecord, { token }: RenewChange, at: Date): WritePlan {
  const { task } = stored
  checkLeaseToken(task, stored.leaseToken, token)
  if (task.lease === undefined) {
    const message = 'Cannot renew the lease of a task that was recorded without a lease policy'
    throw new TaskError('FAILED_PRECONDITION', 'NOT_SUPPORTED', message, { taskId: task.id, precondition: message })
  }
  if (!isLive(statusOf(task))) throw statusNotAllowed('renew the lease of', statusOf(task), task.id)
  return { effect: 'renew', record: withLease(stored, at) }
}

function withLease(record: TaskRecord, at: Date): TaskRecord {
  const { lease } = record.task
  return { ...record, task: { ...record.task, lease: lease && renewed(lease, at) } }
}

function created(write: TaskChange, create: CreateChange, { at }: WriteTime): TaskRecord {
  const task = Task.create({
    ...create.task,
    id: write.taskId,
    serviceInstanceId: write.instance,
    status: 'PENDING',
    progressPercent: create.task.progressFromChildren ? undefined : create.task.progressPercent,
    createdAt: at,
    createdBy: create.task.createdBy === '' ? write.actor : create.task.createdBy,
    lease: create.lease,
  })
  return { task, leaseToken: '' }
}

/** A version of a task that is new. */
interface Version {
  readonly before: Task | undefined
  readonly record: TaskRecord
  readonly kind: TaskEvent_Kind
}

function put({ actor, change }: TaskChange, { before, record, kind }: Version, { revision, at }: WriteTime): WritePlan {
  const stamped = { ...record.task, modifiedAt: at, modifiedBy: actor, revision, etag: etagOf(revision) }
  const task: Task = { ...stamped, allowedTransitions: allowedTransitions(stamped) }
  const happened = kind === 'CANCEL_REQUESTED' && task.status === 'CANCELLED' ? 'CANCELLED' : kind
  return {
    effect: before === undefined ? 'insert' : 'replace',
    kind: happened,
    reason: 'reason' in change ? change.reason : '',
    before,
    record: { ...record, task },
  }
}

function nothing(record: TaskRecord): WritePlan {
  return { effect: 'none', record }
}
