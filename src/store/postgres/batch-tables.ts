// The tables as one batch of one instance sees and leaves them. What the batch names is read before it begins, what it writes
// is kept here and brought to the database in few statements, at the end or before a question that depends on it.
import type { Task } from '../../../gen/openshift/v1/task.js'
import { FAMILY_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskRecord, WriteTime } from '../../task/task-change.js'
import type { MadeRequest } from '../../task/write-plan.js'
import { answered, waitFor, type Steps } from '../sql/steps.js'
import type { CountChange } from '../sql/task-count.js'
import { recordOf, type LeaseColumns, type RecordRow, type TaskColumns } from '../sql/task-row.js'
import type { EventColumns, NewTaskColumns, RequestColumns, WriterTables } from '../sql/writer-tables.js'
import {
  ADD_COUNTS,
  COUNT_DESCENDANTS,
  FIND_PARENTS,
  FIND_TASKS,
  INSERT_EVENTS,
  MEAN_PROGRESS,
  OPEN_CHILDREN,
  PUT_INSTANCE,
  PUT_REQUESTS,
} from './batch-statements.js'
import type { BatchStart, ParentRow, TaskRow } from './batch-start.js'
import type { Connection, Value } from './database.js'
import { slotOf } from './log-slots.js'
import { putRows } from './put-rows.js'
import { TaskChanges } from './task-changes.js'

/** The tables of one instance, within a transaction that has its row. */
export class BatchTables implements WriterTables {
  private readonly connection: Connection
  private readonly instance: InstanceId
  private readonly start: BatchStart
  private readonly tasks: TaskChanges
  private readonly requests: Map<string, MadeRequest | undefined>
  private readonly newRequests: RequestColumns[] = []
  private readonly events: EventColumns[] = []
  private readonly counts = new Map<string, CountChange>()
  private last: WriteTime | undefined

  constructor(connection: Connection, instance: InstanceId, start: BatchStart) {
    this.connection = connection
    this.instance = instance
    this.start = start
    this.last = start.last
    this.requests = new Map(start.requests)
    this.tasks = new TaskChanges(start.tasks)
  }

  now(): number {
    return this.start.now
  }

  lastWrite(): WriteTime | undefined {
    return this.last
  }

  *task(instance: string, taskId: string): Steps<TaskRecord | undefined> {
    if (!this.tasks.isKnown(taskId)) {
      const [row] = yield* waitFor(this.connection.rows<TaskRow>(FIND_TASKS, [instance, [taskId]]))
      this.tasks.learn(taskId, row)
    }
    const row: RecordRow | undefined = this.tasks.find(taskId)
    return row && recordOf(row)
  }

  /** Every request id of a batch is read before it begins. */
  request(_instance: string, requestId: string): Steps<MadeRequest | undefined> {
    return answered(this.requests.get(requestId))
  }

  *hasChild(_instance: string, taskId: string): Steps<boolean> {
    return (yield* this.parent(taskId)) !== undefined
  }

  *hasLiveChild(_instance: string, taskId: string): Steps<boolean> {
    return (yield* this.parent(taskId))?.is_live === true
  }

  *openChildren(_instance: string, taskId: string): Steps<readonly string[]> {
    const rows = yield* this.ask<{ task_id: string }>(OPEN_CHILDREN, taskId)
    return rows.map(({ task_id }) => task_id)
  }

  *countDescendants(_instance: string, taskId: string): Steps<number> {
    const [row] = yield* this.ask<{ count: bigint }>(COUNT_DESCENDANTS, taskId, FAMILY_LIMITS.descendants)
    return Number(row?.count ?? 0n)
  }

  *meanProgress(_instance: string, taskId: string): Steps<number> {
    const [row] = yield* this.ask<{ percent: bigint | null }>(MEAN_PROGRESS, taskId)
    return Number(row?.percent ?? 0n)
  }

  insertTask(columns: NewTaskColumns, task: Task): void {
    this.tasks.insert(columns, task.labels)
  }

  replaceTask(columns: TaskColumns, task: Task, before: Task | undefined): void {
    // Labels are kept in the order of their keys.
    const isSame = JSON.stringify(before?.labels) === JSON.stringify(task.labels)
    this.tasks.replace(columns, isSame ? undefined : task.labels)
  }

  removeTask(_instance: string, taskId: string): void {
    this.tasks.remove(taskId)
  }

  putLease(lease: LeaseColumns, { id }: Task): void {
    this.tasks.putLease(id, lease)
  }

  countGone(_instance: string, taskId: string): void {
    this.tasks.countGone(taskId)
  }

  count(_instance: string, changes: readonly CountChange[]): void {
    for (const { status, total, roots } of changes) {
      const before = this.counts.get(status) ?? { total: 0, roots: 0 }
      this.counts.set(status, { status, total: before.total + total, roots: before.roots + roots })
    }
  }

  putInstance(_instance: InstanceId, time: WriteTime): void {
    this.last = time
  }

  putEvent(event: EventColumns): void {
    this.events.push(event)
  }

  putRequest(request: RequestColumns): void {
    const { request_id, task_id, hash, made_at } = request
    this.requests.set(request_id, { taskId: task_id, hash, madeAt: new Date(made_at) })
    this.newRequests.push(request)
  }

  /** Whether the batch has written anything. */
  get hasWritten(): boolean {
    return this.events.length > 0 || this.tasks.hasChanged
  }

  /** The last event of the batch; undefined when it has none: renewals leave none. */
  get lastEvent(): EventColumns | undefined {
    return this.events.at(-1)
  }

  /** Sends everything that is not in the database yet. */
  finish(): Promise<unknown>[] {
    const { instance, connection, last } = this
    const sent = this.tasks.send(connection, instance)
    if (last === undefined || this.events.length === 0) return sent
    const logged = this.events.map((event) => ({ ...event, slot: slotOf(event.at) }))
    const requests = this.newRequests.map((request) => ({ ...request, slot: slotOf(request.made_at) }))
    return [
      ...sent,
      ...putRows(connection, INSERT_EVENTS, instance, logged),
      ...putRows(connection, PUT_REQUESTS, instance, requests),
      ...putRows(connection, ADD_COUNTS, instance, [...this.counts.values()].map((count) => ({ ...count }))),
      connection.rows(PUT_INSTANCE, [instance, last.revision, last.at.getTime()]),
    ]
  }

  /** What is known of the children of a task; undefined when it has none. */
  private *parent(taskId: string): Steps<ParentRow | undefined> {
    const { parents } = this.start
    if (parents.has(taskId) && !this.tasks.hasTouchedParts) return parents.get(taskId)
    const [row] = yield* this.ask<ParentRow>(FIND_PARENTS, [taskId])
    return row
  }

  /** Asks the database about families, once it knows what the batch did to them. */
  private *ask<Row>(statement: Parameters<Connection['rows']>[0], ...values: readonly Value[]): Steps<Row[]> {
    const { connection, instance } = this
    const sent = this.tasks.hasTouchedParts ? this.tasks.send(connection, instance) : []
    const [rows] = yield* waitFor(Promise.all([connection.rows<Row>(statement, [instance, ...values]), ...sent]))
    return rows
  }
}
