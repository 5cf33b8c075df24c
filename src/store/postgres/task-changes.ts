// What a batch knows of tasks, and what it has done to them that the database does not know yet.
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { LeaseColumns, RecordRow, TaskColumns } from '../sql/task-row.js'
import type { NewTaskColumns } from '../sql/writer-tables.js'
import {
  COUNT_GONE,
  DELETE_LABELS,
  DELETE_TASKS,
  INSERT_LABELS,
  INSERT_TASKS,
  UPDATE_LEASES,
  UPDATE_TASKS,
} from './batch-statements.js'
import type { TaskRow } from './batch-start.js'
import { putRows } from './put-rows.js'
import type { Connection } from './database.js'

interface KnownTask {
  /** Undefined: there is none. */
  row: RecordRow | undefined
  created_revision: bigint
  isStored: boolean
  /** Columns to write; undefined when at most the lease has changed. */
  columns: TaskColumns | undefined
  lease: LeaseColumns | undefined
  /** Labels to write anew; undefined when they are right. */
  labels: Task['labels'] | undefined
}

/** The tasks of one instance, within a batch. */
export class TaskChanges {
  /** Whether parts of tasks have changed, or numbers of them, since the last `send`. */
  hasTouchedParts = false
  /** Whether anything has changed at all. */
  hasChanged = false
  private readonly known = new Map<string, KnownTask>()
  private readonly removed = new Set<string>()
  private readonly gone = new Map<string, number>()

  /** `stored`: tasks that were read, or found missing, before the batch. */
  constructor(stored: ReadonlyMap<string, TaskRow | undefined>) {
    for (const [taskId, row] of stored) this.learn(taskId, row)
  }

  isKnown(taskId: string): boolean {
    return this.known.has(taskId)
  }

  /** A task as the database has it. */
  learn(taskId: string, row: TaskRow | undefined): void {
    const created_revision = row?.created_revision ?? 0n
    this.known.set(taskId, { row, created_revision, isStored: row !== undefined, columns: undefined, lease: undefined, labels: undefined })
  }

  find(taskId: string): RecordRow | undefined {
    return this.known.get(taskId)?.row
  }

  insert(columns: NewTaskColumns, labels: Task['labels']): void {
    const { created_revision } = columns
    this.touch(columns)
    this.known.set(columns.task_id, { row: columns, created_revision, isStored: false, columns, lease: undefined, labels })
  }

  /** `labels`: undefined when they have not changed. */
  replace(columns: TaskColumns, labels: Task['labels'] | undefined): void {
    const task = this.of(columns.task_id)
    this.touch(columns)
    Object.assign(task, { row: columns, columns, lease: undefined, labels: labels ?? task.labels })
  }

  remove(taskId: string): void {
    const { isStored } = this.of(taskId)
    this.hasChanged = true
    // It may have been a part.
    this.hasTouchedParts = true
    if (isStored) this.removed.add(taskId)
    this.learn(taskId, undefined)
  }

  putLease(taskId: string, lease: LeaseColumns): void {
    const task = this.of(taskId)
    this.hasChanged = true
    if (task.row !== undefined) task.row = { ...task.row, lease: lease.lease }
    if (task.columns === undefined) task.lease = lease
    else task.columns = { ...task.columns, ...lease }
  }

  countGone(taskId: string): void {
    this.hasTouchedParts = true
    this.gone.set(taskId, (this.gone.get(taskId) ?? 0) + 1)
  }

  /** Sends what the database does not know yet; the changes count as known from then on. */
  send(connection: Connection, instance: string): Promise<unknown>[] {
    const tasks = [...this.known]
    const written = tasks.flatMap(([taskId, { columns, ...task }]) => (columns === undefined ? [] : [{ taskId, columns, ...task }]))
    const created = written.filter(({ isStored }) => !isStored)
    const replaced = written.filter(({ isStored }) => isStored)
    const leases = tasks.flatMap(([task_id, { lease }]) => (lease === undefined ? [] : [{ task_id, ...lease }]))
    const relabelled = replaced.filter(({ labels }) => labels !== undefined).map(({ taskId }) => taskId)
    const labels = written.flatMap(({ taskId, created_revision, labels: of = {} }) =>
      Object.entries(of).map(([key, value]) => ({ task_id: taskId, key, value, created_revision })),
    )
    const gone = [...this.gone].map(([task_id, times]) => ({ task_id, times }))
    const removed = [...this.removed]
    const unlabelled = [...removed, ...relabelled]
    this.settle()
    return [
      ...(unlabelled.length === 0 ? [] : [connection.rows(DELETE_LABELS, [instance, unlabelled])]),
      ...(removed.length === 0 ? [] : [connection.rows(DELETE_TASKS, [instance, removed])]),
      ...putRows(connection, INSERT_TASKS, instance, created.map(({ columns, created_revision }) => ({ ...columns, created_revision }))),
      ...putRows(connection, UPDATE_TASKS, instance, replaced.map(({ columns }) => ({ ...columns }))),
      ...putRows(connection, UPDATE_LEASES, instance, leases),
      ...putRows(connection, INSERT_LABELS, instance, labels),
      ...putRows(connection, COUNT_GONE, instance, gone),
    ]
  }

  private settle(): void {
    for (const task of this.known.values()) {
      task.isStored = task.row !== undefined
      task.columns = undefined
      task.lease = undefined
      task.labels = undefined
    }
    this.removed.clear()
    this.gone.clear()
    this.hasTouchedParts = false
  }

  private touch({ parent_task_id }: TaskColumns): void {
    this.hasChanged = true
    if (parent_task_id !== '') this.hasTouchedParts = true
  }

  private of(taskId: string): KnownTask {
    const task = this.known.get(taskId)
    if (task === undefined) throw new Error(`Task ${taskId} was written before it was read`)
    return task
  }
}
