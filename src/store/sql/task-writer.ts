// Applies a batch of writes to the tables of a database. Which database, and whether it has to be waited for, is not known
// here: the rules are carried out once for all stores.
import { Task } from '../../../gen/openshift/v1/task.js'
import { renewed } from '../../task/lease.js'
import { checkParent, consequencesOf } from '../../task/family.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { CommittedEvents, KindCounts } from '../../task/store-watch.js'
import type { CreateChange, TaskChange, TaskRecord, WriteTime } from '../../task/task-change.js'
import { TaskError, taskNotFound } from '../../task/task-error.js'
import type { WrittenTask } from '../../task/task-store.js'
import { madeBefore, planWrite, type WritePlan } from '../../task/write-plan.js'
import type { Steps } from './steps.js'
import { countChanges } from './task-count.js'
import { encodedTask, leaseColumns, taskColumns } from './task-row.js'
import type { WriterTables } from './writer-tables.js'

/** What became of one write of a batch. */
export type WriteResult = WrittenTask | TaskError

/** A batch, carried out. */
export interface Written {
  readonly results: readonly WriteResult[]
  /** The new events, for each instance that has any. */
  readonly changed: readonly CommittedEvents[]
  readonly kinds: KindCounts
}

/** A plan that leaves an event. */
type EventPlan = Extract<WritePlan, { readonly kind: unknown }>

/** Who does what happens by itself. */
const SELF = 'taskplane'

/** Writes tasks, their events and request ids. */
export class TaskWriter {
  private readonly tables: WriterTables
  private readonly servedSince: Date
  private readonly changed = new Map<InstanceId, CommittedEvents & { readonly callIds: string[] }>()
  private readonly kinds: Partial<Record<EventPlan['kind'], number>> = {}

  /** `servedSince`: since when owners could renew their leases without a break. */
  constructor(tables: WriterTables, servedSince: Date) {
    this.tables = tables
    this.servedSince = servedSince
  }

  /** Applies `writes` in order; one that is refused leaves the others be. Throws what the tables throw. */
  *writeAll(writes: readonly TaskChange[]): Steps<Written> {
    const results: WriteResult[] = []
    for (const write of writes) results.push(yield* this.apply(write))
    return { results, changed: [...this.changed.values()], kinds: this.kinds }
  }

  private *apply(write: TaskChange): Steps<WriteResult> {
    try {
      const { change } = write
      const earlier = change.kind === 'create' ? yield* this.findMade(write, change) : undefined
      return earlier ?? (yield* this.carryOut(write))
    } catch (error) {
      // A refusal comes before the first statement that writes, so the batch goes on.
      if (error instanceof TaskError) return error
      throw error
    }
  }

  /** The task that the same request made before. */
  private *findMade(write: TaskChange, create: CreateChange): Steps<WrittenTask | undefined> {
    if (create.request === undefined) return undefined
    const made = yield* this.tables.request(write.instance, create.request.id)
    const taskId = madeBefore(create, made, new Date(this.tables.now()))
    if (taskId === undefined) return undefined
    const record = yield* this.find(write.instance, taskId)
    if (record === undefined) throw taskNotFound(taskId)
    return answerOf({ ...record, leaseToken: '' })
  }

  private *carryOut(write: TaskChange): Steps<WrittenTask> {
    const { change, instance, taskId } = write
    if (change.kind === 'create') yield* this.checkFamily(write, change)
    const stored = change.kind === 'create' ? undefined : yield* this.find(instance, taskId)
    const time = this.nextTime(write)
    const { servedSince } = this
    const isRemoval = change.kind === 'delete' || change.kind === 'expire'
    const hasChildren = isRemoval && (yield* this.tables.hasChild(instance, taskId))
    const hasLiveChildren = change.kind === 'due' && (yield* this.tables.hasLiveChild(instance, taskId))
    const plan = planWrite(write, stored, { time, servedSince, hasLiveChildren, hasChildren })
    if ('kind' in plan) yield* this.store(write, plan, time)
    else if (plan.effect === 'renew') this.renew(plan.record.task)
    return answerOf(plan.record)
  }

  private nextTime({ instance }: TaskChange): WriteTime {
    const last = this.tables.lastWrite(instance)
    const at = Math.max(this.tables.now(), last?.at.getTime() ?? 0)
    return { revision: (last?.revision ?? 0n) + 1n, at: new Date(at) }
  }

  private *store(write: TaskChange, plan: EventPlan, time: WriteTime): Steps<void> {
    const { effect, record, before } = plan
    const { tables } = this
    const columns = taskColumns(record)
    tables.putInstance(write.instance, time)
    if (effect === 'remove') tables.removeTask(write.instance, write.taskId)
    else if (effect === 'insert') tables.insertTask({ ...columns, created_revision: time.revision }, record.task)
    else tables.replaceTask(columns, record.task, before)
    tables.count(write.instance, countChanges(before, effect === 'remove' ? undefined : record.task))
    this.log(write, plan, { time, encoded: encodedTask(columns) })
    if (write.change.kind === 'create') this.remember(write, write.change, time)
    this.note(write, plan, time)
    if (effect === 'remove') yield* this.leave(write, record.task)
    else yield* this.follow(write, before, record.task)
  }

  /** Tells the parent of a task that it is gone: what it has done counts on. */
  private *leave({ instance }: TaskChange, { parentTaskId, endedAt }: Task): Steps<void> {
    if (parentTaskId === '') return
    if (endedAt !== undefined) this.tables.countGone(instance, parentTaskId)
    else yield* this.reckonProgress(instance, parentTaskId as TaskId)
  }

  private log(write: TaskChange, plan: EventPlan, made: { readonly time: WriteTime; readonly encoded: Uint8Array }): void {
    const { time, encoded } = made
    this.tables.putEvent({
      service_instance_id: write.instance,
      revision: time.revision,
      task_id: write.taskId,
      kind: plan.kind,
      actor: write.actor,
      at: time.at.getTime(),
      status_from: plan.before?.status ?? null,
      status_to: plan.effect === 'remove' ? null : plan.record.task.status,
      reason: plan.reason,
      previous_revision: plan.before?.revision ?? null,
      encoded,
    })
  }

  /** Keeps what will be said of the event once it is committed. */
  private note({ instance, callId = '' }: TaskChange, { kind }: EventPlan, { revision }: WriteTime): void {
    const known = this.changed.get(instance)
    if (known === undefined) this.changed.set(instance, { instance, after: revision - 1n, callIds: [callId] })
    else known.callIds.push(callId)
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1
  }

  private remember({ instance, taskId }: TaskChange, { request }: CreateChange, { at }: WriteTime): void {
    if (request === undefined) return
    this.tables.putRequest({
      service_instance_id: instance,
      request_id: request.id,
      task_id: taskId,
      hash: request.hash,
      made_at: at.getTime(),
    })
  }

  /** Moves the end of a lease to a whole `ttl` from now; makes no revision. */
  private *extendLease(instance: string, taskId: string): Steps<void> {
    const task = (yield* this.find(instance, taskId))?.task
    if (task?.lease?.expiresAt !== undefined) this.renew({ ...task, lease: renewed(task.lease, new Date(this.tables.now())) })
  }

  private renew(task: Task): void {
    this.tables.putLease(leaseColumns(task), task)
  }

  private *checkFamily({ instance }: TaskChange, { task: { parentTaskId } }: CreateChange): Steps<void> {
    if (parentTaskId === '') return
    const parent = (yield* this.find(instance, parentTaskId))?.task
    let top = parentTaskId
    let depth = 0
    for (let task = parent; task !== undefined; task = (yield* this.find(instance, task.parentTaskId))?.task) {
      top = task.id
      depth += 1
    }
    const descendants = yield* this.tables.countDescendants(instance, top)
    checkParent(parentTaskId, { parent, descendants, depth })
  }

  /** Does to the rest of the family what a write of one means to them. */
  private *follow(write: TaskChange, before: Task | undefined, after: Task): Steps<void> {
    const { instance } = write
    const { cancelsChildren, movesParent, renewsParent } = consequencesOf(before, after)
    const parentId = after.parentTaskId as TaskId
    if (cancelsChildren) {
      const reason = after.cancelRequest?.reason ?? ''
      for (const child of yield* this.tables.openChildren(instance, after.id)) {
        // A child that does not support it, or has ended, stays as it is.
        yield* this.apply({ ...write, taskId: child as TaskId, etag: '', change: { kind: 'cancel', reason } })
      }
    }
    if (renewsParent) yield* this.extendLease(instance, parentId)
    if (movesParent) yield* this.reckonProgress(instance, parentId)
  }

  private *reckonProgress(instance: InstanceId, parentId: TaskId): Steps<void> {
    if ((yield* this.find(instance, parentId))?.task.progressFromChildren !== true) return
    const percent = yield* this.tables.meanProgress(instance, parentId)
    yield* this.apply(ownWrite(instance, parentId, { kind: 'childrenProgressed', percent }))
  }

  private *find(instance: string, taskId: string): Steps<TaskRecord | undefined> {
    return taskId === '' ? undefined : yield* this.tables.task(instance, taskId)
  }
}

/** A write by nobody but the store itself. */
export function ownWrite(instance: InstanceId, taskId: TaskId, change: TaskChange['change']): TaskChange {
  return { instance, taskId, actor: SELF, etag: '', change }
}

function answerOf({ task, leaseToken }: TaskRecord): WrittenTask {
  return { encoded: Task.encode(task).finish(), revision: task.revision, leaseToken }
}
