// Applies batches of writes, one transaction a batch. Runs in the writer's thread; it is the only one that writes.
import type Database from 'better-sqlite3'
import { Task } from '../../../gen/openshift/v1/task.js'
import { LEASE_LIMITS } from '../../limits.js'
import { renewed } from '../../task/lease.js'
import { checkParent, consequencesOf } from '../../task/family.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { CreateChange, TaskChange, TaskRecord, WriteTime } from '../../task/task-change.js'
import type { CommittedEvents, KindCounts } from '../../task/store-watch.js'
import { TaskError, taskNotFound } from '../../task/task-error.js'
import type { WrittenTask } from '../../task/task-store.js'
import { madeBefore, planWrite, type WritePlan } from '../../task/write-plan.js'
import { countChanges } from '../sql/task-count.js'
import { encodedTask, leaseColumns, recordOf, taskColumns } from '../sql/task-row.js'
import { FamilyStatements } from './family-statements.js'
import { WriterStatements } from './writer-statements.js'

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
export class SqliteTaskWriter {
  private readonly statements: WriterStatements
  private readonly family: FamilyStatements
  private readonly inTransaction: (work: () => WriteResult[]) => WriteResult[]
  private readonly now: () => number
  private changed = new Map<InstanceId, CommittedEvents & { readonly callIds: string[] }>()
  private kinds: Partial<Record<EventPlan['kind'], number>> = {}

  constructor(database: Database.Database, now: () => number = Date.now) {
    this.statements = new WriterStatements(database)
    this.family = new FamilyStatements(database)
    const transaction = database.transaction((work: () => WriteResult[]) => work())
    this.inTransaction = (work) => transaction.immediate(work)
    this.now = now
  }

  /** Applies `writes` in order, durably, all at once; one that is refused leaves the others be. Throws what SQLite throws. */
  writeAll(writes: readonly TaskChange[]): Written {
    this.changed = new Map()
    this.kinds = {}
    const results = this.inTransaction(() => writes.map((write) => this.apply(write)))
    return { results, changed: [...this.changed.values()], kinds: this.kinds }
  }

  /** Does what time has made due, to LEASE_LIMITS.sweepTasks tasks at most; `isDone` when there is nothing more. */
  sweep(): Written & { readonly isDone: boolean } {
    const due = this.statements.findDue.all(this.now(), LEASE_LIMITS.sweepTasks)
    const writes = due.map(({ service_instance_id, task_id }) =>
      own(service_instance_id as InstanceId, task_id as TaskId, { kind: 'due' }),
    )
    return { ...this.writeAll(writes), isDone: due.length < LEASE_LIMITS.sweepTasks }
  }

  /** Gives every owner a whole `ttl` from now: while nobody served, nobody could renew. */
  forgiveLeases(): void {
    const soon = this.now() + LEASE_LIMITS.ttlMaxMs
    this.inTransaction(() => {
      for (const { service_instance_id, task_id } of this.statements.findLeased.all(soon)) {
        this.extendLease(service_instance_id, task_id)
      }
      return []
    })
  }

  /** Moves the end of a lease to a whole `ttl` from now; makes no revision. */
  private extendLease(instance: string, taskId: string): void {
    const task = this.find(instance, taskId)?.task
    if (task?.lease?.expiresAt !== undefined) this.renew({ ...task, lease: renewed(task.lease, new Date(this.now())) })
  }

  private apply(write: TaskChange): WriteResult {
    try {
      const { change } = write
      const earlier = change.kind === 'create' ? this.findMade(write, change) : undefined
      return earlier ?? this.carryOut(write)
    } catch (error) {
      // A refusal comes before the first statement that writes, so the batch goes on.
      if (error instanceof TaskError) return error
      throw error
    }
  }

  /** The task that the same request made before. */
  private findMade(write: TaskChange, create: CreateChange): WrittenTask | undefined {
    if (create.request === undefined) return undefined
    const row = this.statements.getRequest.get(write.instance, create.request.id)
    const made = row && { taskId: row.task_id, hash: row.hash, madeAt: new Date(Number(row.made_at)) }
    const taskId = madeBefore(create, made, new Date(this.now()))
    if (taskId === undefined) return undefined
    const record = this.find(write.instance, taskId)
    if (record === undefined) throw taskNotFound(taskId)
    return answerOf({ ...record, leaseToken: '' })
  }

  private carryOut(write: TaskChange): WrittenTask {
    const { change, instance, taskId } = write
    if (change.kind === 'create') this.checkFamily(write, change)
    const stored = change.kind === 'create' ? undefined : this.find(instance, taskId)
    const time = this.nextTime(write)
    const hasLiveChildren = (): boolean => this.family.hasLiveChild.get(instance, taskId) !== undefined
    const hasChildren = (): boolean => this.family.hasChild.get(instance, taskId) !== undefined
    const plan = planWrite(write, stored, { time, hasLiveChildren, hasChildren })
    if ('kind' in plan) this.store(write, plan, time)
    else if (plan.effect === 'renew') this.renew(plan.record.task)
    return answerOf(plan.record)
  }

  private nextTime({ instance }: TaskChange): WriteTime {
    const last = this.statements.getInstance.get(instance)
    const at = Math.max(this.now(), Number(last?.modified_at ?? 0n))
    return { revision: (last?.revision ?? 0n) + 1n, at: new Date(at) }
  }

  private store(write: TaskChange, plan: EventPlan, time: WriteTime): void {
    const { effect, record, before } = plan
    const columns = taskColumns(record)
    this.statements.putInstance.run(write.instance, time.revision, time.at.getTime())
    if (effect === 'remove') this.statements.remove(write.instance, write.taskId)
    else if (effect === 'insert') this.statements.insert({ ...columns, created_revision: time.revision }, record.task)
    else this.statements.replace(columns, record.task, before)
    this.statements.count(write.instance, countChanges(before, effect === 'remove' ? undefined : record.task))
    this.log(write, plan, { time, encoded: encodedTask(columns) })
    if (write.change.kind === 'create') this.remember(write, write.change, time)
    this.note(write, plan, time)
    if (effect === 'remove') this.leave(write, record.task)
    else this.follow(write, before, record.task)
  }

  /** Tells the parent of a task that it is gone: what it has done counts on. */
  private leave({ instance }: TaskChange, { parentTaskId, endedAt }: Task): void {
    if (endedAt !== undefined) this.family.countGone.run(instance, parentTaskId)
    else this.reckonProgress(instance, parentTaskId as TaskId)
  }

  private log(write: TaskChange, plan: EventPlan, made: { readonly time: WriteTime; readonly encoded: Uint8Array }): void {
    const { time, encoded } = made
    this.statements.insertEvent.run({
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

  private remember(write: TaskChange, { request }: CreateChange, { at }: WriteTime): void {
    if (request === undefined) return
    this.statements.putRequest.run(write.instance, request.id, write.taskId, request.hash, at.getTime())
  }

  private renew(task: Task): void {
    const { lease, lease_expires_at, due_at } = leaseColumns(task)
    this.statements.putLease.run(lease, lease_expires_at, due_at, task.serviceInstanceId, task.id)
  }

  private checkFamily({ instance }: TaskChange, { task: { parentTaskId } }: CreateChange): void {
    if (parentTaskId === '') return
    const parent = this.find(instance, parentTaskId)?.task
    let top = parentTaskId
    let depth = 0
    for (let task = parent; task !== undefined; task = this.find(instance, task.parentTaskId)?.task) {
      top = task.id
      depth += 1
    }
    const descendants = Number(this.family.countDescendants.get(instance, top) ?? 0n)
    checkParent(parentTaskId, { parent, descendants, depth })
  }

  /** Does to the rest of the family what a write of one means to them. */
  private follow(write: TaskChange, before: Task | undefined, after: Task): void {
    const { instance } = write
    const { cancelsChildren, movesParent, renewsParent } = consequencesOf(before, after)
    const parentId = after.parentTaskId as TaskId
    if (cancelsChildren) {
      const reason = after.cancelRequest?.reason ?? ''
      for (const child of this.family.openChildren.all(instance, after.id)) {
        // A child that does not support it, or has ended, stays as it is.
        this.apply({ ...write, taskId: child as TaskId, etag: '', change: { kind: 'cancel', reason } })
      }
    }
    if (renewsParent) this.extendLease(instance, parentId)
    if (movesParent) this.reckonProgress(instance, parentId)
  }

  private reckonProgress(instance: InstanceId, parentId: TaskId): void {
    if (this.find(instance, parentId)?.task.progressFromChildren !== true) return
    const percent = Number(this.family.meanProgress.get(instance, parentId) ?? 0n)
    this.apply(own(instance, parentId, { kind: 'childrenProgressed', percent }))
  }

  private find(instance: string, taskId: string): TaskRecord | undefined {
    const row = taskId === '' ? undefined : this.statements.getTask.get(instance, taskId)
    return row && recordOf(row)
  }
}

function own(instance: InstanceId, taskId: TaskId, change: TaskChange['change']): TaskChange {
  return { instance, taskId, actor: SELF, etag: '', change }
}

function answerOf({ task, leaseToken }: TaskRecord): WrittenTask {
  return { encoded: Task.encode(task).finish(), revision: task.revision, leaseToken }
}
