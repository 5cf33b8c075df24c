// The statements of the writer, prepared once.
import type Database from 'better-sqlite3'
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { CountChange } from '../sql/task-count.js'
import type { RecordRow, TaskColumns } from '../sql/task-row.js'

interface InstanceRow {
  readonly revision: bigint
  readonly modified_at: bigint
}

interface RequestRow {
  readonly task_id: string
  readonly hash: Uint8Array
  readonly made_at: bigint
}

interface EventRow {
  readonly service_instance_id: string
  readonly revision: bigint
  readonly task_id: string
  readonly kind: string
  readonly actor: string
  readonly at: number
  readonly status_from: string | null
  readonly status_to: string | null
  readonly reason: string
  readonly previous_revision: bigint | null
  readonly encoded: Uint8Array
}

interface TaskKeyRow {
  readonly service_instance_id: string
  readonly task_id: string
}

type InsertedColumns = TaskColumns & { readonly created_revision: bigint }

const COLUMNS = [
  'service_instance_id',
  'task_id',
  'revision',
  'status',
  'outcome',
  'command',
  'service',
  'created_by',
  'modified_by',
  'resource_id',
  'resource_type',
  'created_at',
  'modified_at',
  'started_at',
  'ended_at',
  'parent_task_id',
  'progress',
  'lease',
  'lease_token',
  'lease_expires_at',
  'lease_ttl',
  'due_at',
  'encoded',
] as const satisfies readonly (keyof TaskColumns)[]

/** Columns that never change once a task is there. */
const FIXED: ReadonlySet<string> = new Set([
  'service_instance_id',
  'task_id',
  'command',
  'service',
  'created_by',
  'created_at',
  'parent_task_id',
])

/** What the writer asks of the database. */
export class WriterStatements {
  readonly getInstance: Database.Statement<[string], InstanceRow>
  readonly putInstance: Database.Statement<[string, bigint, number]>
  readonly getTask: Database.Statement<[string, string], RecordRow>
  /** New time of the lease, and when the task is due. */
  readonly putLease: Database.Statement<[Uint8Array | null, number | null, number | null, string, string]>
  /** Tasks whose lease lapses before a time. */
  readonly findLeased: Database.Statement<[number], TaskKeyRow>
  readonly findDue: Database.Statement<[number, number], TaskKeyRow>
  private readonly insertTask: Database.Statement<[InsertedColumns]>
  private readonly updateTask: Database.Statement<[TaskColumns]>
  private readonly deleteTask: Database.Statement<[string, string]>
  private readonly insertLabel: Database.Statement<[string, string, string, string]>
  private readonly deleteLabels: Database.Statement<[string, string]>
  readonly insertEvent: Database.Statement<[EventRow]>
  readonly getRequest: Database.Statement<[string, string], RequestRow>
  readonly putRequest: Database.Statement<[string, string, string, Uint8Array, number]>
  private readonly addCount: Database.Statement<[string, string, number, number]>

  constructor(database: Database.Database) {
    const ofTask = 'service_instance_id = ? AND task_id = ?'
    this.getInstance = database.prepare('SELECT revision, modified_at FROM service_instance WHERE service_instance_id = ?')
    this.putInstance = database.prepare('INSERT OR REPLACE INTO service_instance VALUES (?, ?, ?)')
    this.getTask = database.prepare(`SELECT encoded, lease, lease_token FROM task WHERE ${ofTask}`)
    this.putLease = database.prepare(`UPDATE task SET lease = ?, lease_expires_at = ?, due_at = ? WHERE ${ofTask}`)
    this.findLeased = database.prepare(
      'SELECT service_instance_id, task_id FROM task WHERE due_at IS NOT NULL AND lease_expires_at < ?',
    )
    this.findDue = database.prepare(
      'SELECT service_instance_id, task_id FROM task WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?',
    )
    this.insertTask = database.prepare(
      `INSERT INTO task (created_revision, ${COLUMNS.join(', ')})` +
        ` VALUES (@created_revision, ${COLUMNS.map((column) => `@${column}`).join(', ')})`,
    )
    const changing = COLUMNS.filter((column) => !FIXED.has(column)).map((column) => `${column} = @${column}`)
    this.updateTask = database.prepare(
      `UPDATE task SET ${changing.join(', ')} WHERE service_instance_id = @service_instance_id AND task_id = @task_id`,
    )
    this.deleteTask = database.prepare(`DELETE FROM task WHERE ${ofTask}`)
    this.insertLabel = database.prepare(
      'INSERT INTO task_label (service_instance_id, task_id, key, value, created_revision)' +
        ` SELECT service_instance_id, task_id, ?, ?, created_revision FROM task WHERE ${ofTask}`,
    )
    this.deleteLabels = database.prepare(`DELETE FROM task_label WHERE ${ofTask}`)
    this.insertEvent = database.prepare(
      'INSERT INTO task_event (service_instance_id, revision, task_id, kind, actor, at, status_from, status_to, reason,' +
        ' previous_revision, encoded) VALUES (@service_instance_id, @revision, @task_id, @kind, @actor, @at, @status_from,' +
        ' @status_to, @reason, @previous_revision, @encoded)',
    )
    this.getRequest = database.prepare(
      'SELECT task_id, hash, made_at FROM create_request WHERE service_instance_id = ? AND request_id = ?',
    )
    this.putRequest = database.prepare(
      'INSERT OR REPLACE INTO create_request (service_instance_id, request_id, task_id, hash, made_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.addCount = database.prepare(
      'INSERT INTO task_count VALUES (?, ?, ?, ?)' +
        ' ON CONFLICT DO UPDATE SET total = total + excluded.total, roots = roots + excluded.roots',
    )
  }

  /** Keeps the numbers of an instance right. */
  count(instance: string, changes: readonly CountChange[]): void {
    for (const { status, total, roots } of changes) this.addCount.run(instance, status, total, roots)
  }

  /** Adds a task and its labels. */
  insert(columns: InsertedColumns, { labels }: Task): void {
    this.insertTask.run(columns)
    this.insertLabels(columns, labels)
  }

  /** Writes a task anew, and its labels when they have changed. */
  replace(columns: TaskColumns, { labels }: Task, before: Task | undefined): void {
    this.updateTask.run(columns)
    // Labels are kept in the order of their keys.
    if (JSON.stringify(before?.labels) === JSON.stringify(labels)) return
    this.deleteLabels.run(columns.service_instance_id, columns.task_id)
    this.insertLabels(columns, labels)
  }

  /** Removes a task and its labels. */
  remove(instance: string, taskId: string): void {
    this.deleteLabels.run(instance, taskId)
    this.deleteTask.run(instance, taskId)
  }

  private insertLabels({ service_instance_id, task_id }: TaskColumns, labels: Task['labels']): void {
    for (const [key, value] of Object.entries(labels)) this.insertLabel.run(key, value, service_instance_id, task_id)
  }
}
