// The tables of the writer in a database file: its statements, prepared once. They answer at once.
import type Database from 'better-sqlite3'
import { Task } from '../../../gen/openshift/v1/task.js'
import { STORE_LIMITS } from '../../limits.js'
import { frameTask, unframeTask } from '../../task/framed-task.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskRecord, WriteTime } from '../../task/task-change.js'
import type { MadeRequest } from '../../task/write-plan.js'
import { answered, type Steps } from '../sql/steps.js'
import { storeFull } from '../sql/store-error.js'
import type { CountChange } from '../sql/task-count.js'
import { CHANGING_COLUMNS, encodedTask, TASK_COLUMNS, type LeaseColumns, type TaskColumns } from '../sql/task-row.js'
import type { EventColumns, NewTaskColumns, RequestColumns, WriterTables } from '../sql/writer-tables.js'
import { FamilyStatements } from './family-statements.js'
import { TaskJson } from './task-json.js'

interface InstanceRow {
  readonly revision: bigint
  readonly modified_at: bigint
}

interface RecordRow {
  readonly framed: Uint8Array
  readonly lease_token: string
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

/** The columns that are in the task itself, as it is sent, or that nothing looks for. */
const IN_FRAMED: ReadonlySet<string> = new Set(['encoded', 'lease', 'lease_expires_at', 'lease_ttl'])
const OWN_COLUMNS = TASK_COLUMNS.filter((column) => !IN_FRAMED.has(column))
const OWN_CHANGING = CHANGING_COLUMNS.filter((column) => !IN_FRAMED.has(column))

/** What the writer asks of the database. */
export class SqliteTables implements WriterTables {
  readonly now: () => number
  /** Instances of which something has been changed; for whoever ends the transaction to empty. */
  readonly changed = new Set<string>()
  readonly findDue: Database.Statement<[number, number], TaskKeyRow>
  private readonly family: FamilyStatements
  private readonly getInstance: Database.Statement<[string], InstanceRow>
  private readonly lastNumber: Database.Statement<[], bigint | null>
  private readonly newInstance: Database.Statement<[string, bigint, bigint, number]>
  private readonly setInstance: Database.Statement<[bigint, number, string]>
  private readonly countChange: Database.Statement<[string]>
  private readonly getTask: Database.Statement<[string, string], RecordRow>
  private readonly setLease: Database.Statement<unknown[], bigint>
  private readonly newTask: Database.Statement
  private readonly updateTask: Database.Statement<unknown[], bigint>
  private readonly deleteTask: Database.Statement<[string, string], bigint>
  private readonly insertLabel: Database.Statement<[bigint, string, string]>
  private readonly deleteLabels: Database.Statement<[bigint]>
  private readonly json: TaskJson
  private readonly insertEvent: Database.Statement<[EventColumns]>
  private readonly getRequest: Database.Statement<[string, string], RequestRow>
  private readonly setRequest: Database.Statement<[RequestColumns]>
  private readonly addCount: Database.Statement<[string, string, number, number]>

  constructor(database: Database.Database, now: () => number) {
    const ofTask = 'task_id = ? AND service_instance_id = ?'
    this.now = now
    this.family = new FamilyStatements(database)
    this.json = new TaskJson(database)
    this.getInstance = database.prepare('SELECT revision, modified_at FROM service_instance WHERE service_instance_id = ?')
    this.lastNumber = pluck(database, 'SELECT max(number) FROM service_instance')
    this.newInstance = database.prepare(
      'INSERT INTO service_instance (service_instance_id, number, revision, changes, modified_at) VALUES (?, ?, ?, 1, ?)',
    )
    this.setInstance = database.prepare(
      'UPDATE service_instance SET revision = ?, changes = changes + 1, modified_at = ? WHERE service_instance_id = ?',
    )
    this.countChange = database.prepare('UPDATE service_instance SET changes = changes + 1 WHERE service_instance_id = ?')
    this.getTask = database.prepare(`SELECT framed, lease_token FROM task WHERE ${ofTask}`)
    this.setLease = pluck(database, `UPDATE task SET due_at = ?, framed = ? WHERE ${ofTask} RETURNING key`)
    this.findDue = database.prepare(
      'SELECT service_instance_id, task_id FROM task WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?',
    )
    this.newTask = database.prepare(
      `INSERT INTO task (key, ${OWN_COLUMNS.join(', ')}, framed)` +
        ' VALUES ((SELECT number << 40 FROM service_instance WHERE service_instance_id = ?) | ?' +
        `${', ?'.repeat(OWN_COLUMNS.length)}, ?)`,
    )
    const changing = OWN_CHANGING.map((column) => `${column} = ?`)
    this.updateTask = pluck(database, `UPDATE task SET ${changing.join(', ')}, framed = ? WHERE ${ofTask} RETURNING key`)
    this.deleteTask = pluck(database, `DELETE FROM task WHERE ${ofTask} RETURNING key`)
    this.insertLabel = database.prepare('INSERT INTO task_label (task_key, key, value) VALUES (?, ?, ?)')
    this.deleteLabels = database.prepare('DELETE FROM task_label WHERE task_key = ?')
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
    const row = this.getTask.get(taskId, instance)
    return answered(row && { task: Task.decode(unframeTask(row.framed)), leaseToken: row.lease_token })
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
    const { service_instance_id: instance, created_revision: revision } = columns
    const framed = frameTask(encodedTask(columns))
    const { lastInsertRowid: key } = this.newTask.run(instance, revision, ...OWN_COLUMNS.map((column) => columns[column]), framed)
    this.json.put(BigInt(key), revision, framed)
    this.insertLabels(BigInt(key), labels)
  }

  replaceTask(columns: TaskColumns, { labels }: Task, before: Task | undefined): void {
    const { service_instance_id: instance, task_id: taskId, revision } = columns
    const framed = frameTask(encodedTask(columns))
    const key = found(this.updateTask.get(...OWN_CHANGING.map((column) => columns[column]), framed, taskId, instance))
    this.json.put(key, revision, framed)
    // Labels are kept in the order of their keys.
    if (JSON.stringify(before?.labels) === JSON.stringify(labels)) return
    this.deleteLabels.run(key)
    this.insertLabels(key, labels)
  }

  removeTask(instance: string, taskId: string): void {
    const key = found(this.deleteTask.get(taskId, instance))
    this.deleteLabels.run(key)
    this.json.remove(key)
  }

  putLease({ due_at: dueAt }: LeaseColumns, task: Task): void {
    const framed = frameTask(Task.encode(task).finish())
    const key = found(this.setLease.get(dueAt, framed, task.id, task.serviceInstanceId))
    this.json.put(key, task.revision, framed)
    this.changed.add(task.serviceInstanceId)
    this.countChange.run(task.serviceInstanceId)
  }

  countGone(instance: string, taskId: string): void {
    this.family.countGone.run(instance, taskId)
  }

  count(instance: string, changes: readonly CountChange[]): void {
    for (const { status, total, roots } of changes) this.addCount.run(instance, status, total, roots)
  }

  putInstance(instance: InstanceId, { revision, at }: WriteTime): void {
    if (revision >= STORE_LIMITS.instanceRevisions) throw storeFull()
    this.changed.add(instance)
    if (this.setInstance.run(revision, at.getTime(), instance).changes > 0) return
    const number = (this.lastNumber.get() ?? 0n) + 1n
    if (number >= STORE_LIMITS.instances) throw storeFull()
    this.newInstance.run(instance, number, revision, at.getTime())
  }

  putEvent(event: EventColumns): void {
    this.insertEvent.run(event)
  }

  putRequest(request: RequestColumns): void {
    this.setRequest.run(request)
  }

  private insertLabels(key: bigint, labels: Task['labels']): void {
    for (const [name, value] of Object.entries(labels)) this.insertLabel.run(key, name, value)
  }
}

/** The key of a task that was read in the same transaction. */
function found(key: bigint | undefined): bigint {
  if (key === undefined) throw new Error('A task is gone that was there')
  return key
}

function pluck<Parameters extends unknown[], Value>(database: Database.Database, sql: string): Database.Statement<Parameters, Value> {
  return database.prepare<Parameters, Value>(sql).pluck()
}
