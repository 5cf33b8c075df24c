// The tables of the writer in a database file: its statements, prepared once. They answer at once.
import type Database from 'better-sqlite3'
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskRecord, WriteTime } from '../../task/task-change.js'
import type { MadeRequest } from '../../task/write-plan.js'
import { answered, type Steps } from '../sql/steps.js'
import type { CountChange } from '../sql/task-count.js'
import { CHANGING_COLUMNS, recordOf, TASK_COLUMNS, type LeaseColumns, type RecordRow, type TaskColumns } from '../sql/task-row.js'
import type { EventColumns, NewTaskColumns, RequestColumns, WriterTables } from '../sql/writer-tables.js'
import { FamilyStatements } from './family-statements.js'

interface InstanceRow {
  readonly revision: bigint
  readonly modified_at: bigint
}

interface RequestRow {
  readonly task_id: string
  readonly hash: Uint8Array
  readonly made_at: bigint
}

interface TaskKeyRow {
  readonly service_instance_id: string
  readonly task_id: string
}

/** What the writer asks of the database. */
export class SqliteTables implements WriterTables {
  readonly now: () => number
  readonly findDue: Database.Statement<[number, number], TaskKeyRow>
  private readonly family: FamilyStatements
  private readonly getInstance: Database.Statement<[string], InstanceRow>
  private readonly setInstance: Database.Statement<[string, bigint, number]>
  private readonly getTask: Database.Statement<[string, string], RecordRow>
  private readonly setLease: Database.Statement<[LeaseColumns & TaskKeyRow]>
  private readonly newTask: Database.Statement<[NewTaskColumns]>
  private readonly updateTask: Database.Statement<[TaskColumns]>
  private readonly deleteTask: Database.Statement<[string, string]>
  private readonly insertLabel: Database.Statement<[string, string, string, string]>
  private readonly deleteLabels: Database.Statement<[string, string]>
  private readonly insertEvent: Database.Statement<[EventColumns]>
  private readonly getRequest: Database.Statement<[string, string], RequestRow>
  private readonly setRequest: Database.Statement<[RequestColumns]>
  private readonly addCount: Database.Statement<[string, string, number, number]>

  constructor(database: Database.Database, now: () => number) {
    const ofTask = 'service_instance_id = ? AND task_id = ?'
    const ofNamed = 'service_instance_id = @service_instance_id AND task_id = @task_id'
    this.now = now
    this.family = new FamilyStatements(database)
    this.getInstance = database.prepare('SELECT revision, modified_at FROM service_instance WHERE service_instance_id = ?')
    this.setInstance = database.prepare('INSERT OR REPLACE INTO service_instance VALUES (?, ?, ?)')
    this.getTask = database.prepare(`SELECT encoded, lease, lease_token FROM task WHERE ${ofTask}`)
    this.setLease = database.prepare(
      `UPDATE task SET lease = @lease, lease_expires_at = @lease_expires_at, due_at = @due_at WHERE ${ofNamed}`,
    )
    this.findDue = database.prepare(
      'SELECT service_instance_id, task_id FROM task WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?',
    )
    this.newTask = database.prepare(
      `INSERT INTO task (created_revision, ${TASK_COLUMNS.join(', ')})` +
        ` VALUES (@created_revision, ${TASK_COLUMNS.map((column) => `@${column}`).join(', ')})`,
    )
    const changing = CHANGING_COLUMNS.map((column) => `${column} = @${column}`)
    this.updateTask = database.prepare(`UPDATE task SET ${changing.join(', ')} WHERE ${ofNamed}`)
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
    this.setRequest = database.prepare(
      'INSERT OR REPLACE INTO create_request (service_instance_id, request_id, task_id, hash, made_at)' +
        ' VALUES (@service_instance_id, @request_id, @task_id, @hash, @made_at)',
    )
    this.addCount = database.prepare(
      'INSERT INTO task_count VALUES (?, ?, ?, ?)' +
        ' ON CONFLICT DO UPDATE SET total = total + excluded.total, roots = roots + excluded.roots',
    )
  }

  lastWrite(instance: InstanceId): WriteTime | undefined {
    const row = this.getInstance.get(instance)
    return row && { revision: row.revision, at: new Date(Number(row.modified_at)) }
  }

  task(instance: string, taskId: string): Steps<TaskRecord | undefined> {
    const row = this.getTask.get(instance, taskId)
    return answered(row && recordOf(row))
  }

  request(instance: string, requestId: string): Steps<MadeRequest | undefined> {
    const row = this.getRequest.get(instance, requestId)
    return answered(row && { taskId: row.task_id, hash: row.hash, madeAt: new Date(Number(row.made_at)) })
  }

  hasChild(instance: string, taskId: string): Steps<boolean> {
    return answered(this.family.hasChild.get(instance, taskId) !== undefined)
  }

  hasLiveChild(instance: string, taskId: string): Steps<boolean> {
    return answered(this.family.hasLiveChild.get(instance, taskId) !== undefined)
  }

  openChildren(instance: string, taskId: string): Steps<readonly string[]> {
    return answered(this.family.openChildren.all(instance, taskId))
  }

  countDescendants(instance: string, taskId: string): Steps<number> {
    return answered(Number(this.family.countDescendants.get(instance, taskId) ?? 0n))
  }

  meanProgress(instance: string, taskId: string): Steps<number> {
    return answered(Number(this.family.meanProgress.get(instance, taskId) ?? 0n))
  }

  insertTask(columns: NewTaskColumns, { labels }: Task): void {
    this.newTask.run(columns)
    this.insertLabels(columns, labels)
  }

  replaceTask(columns: TaskColumns, { labels }: Task, before: Task | undefined): void {
    this.updateTask.run(columns)
    // Labels are kept in the order of their keys.
    if (JSON.stringify(before?.labels) === JSON.stringify(labels)) return
    this.deleteLabels.run(columns.service_instance_id, columns.task_id)
    this.insertLabels(columns, labels)
  }

  removeTask(instance: string, taskId: string): void {
    this.deleteLabels.run(instance, taskId)
    this.deleteTask.run(instance, taskId)
  }

  putLease(instance: string, taskId: string, lease: LeaseColumns): void {
    this.setLease.run({ ...lease, service_instance_id: instance, task_id: taskId })
  }

  countGone(instance: string, taskId: string): void {
    this.family.countGone.run(instance, taskId)
  }

  count(instance: string, changes: readonly CountChange[]): void {
    for (const { status, total, roots } of changes) this.addCount.run(instance, status, total, roots)
  }

  putInstance(instance: InstanceId, { revision, at }: WriteTime): void {
    this.setInstance.run(instance, revision, at.getTime())
  }

  putEvent(event: EventColumns): void {
    this.insertEvent.run(event)
  }

  putRequest(request: RequestColumns): void {
    this.setRequest.run(request)
  }

  private insertLabels({ service_instance_id, task_id }: TaskColumns, labels: Task['labels']): void {
    for (const [key, value] of Object.entries(labels)) this.insertLabel.run(key, value, service_instance_id, task_id)
  }
}
