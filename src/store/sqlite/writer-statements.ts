// The statements of the writer, prepared once.
import type Database from 'better-sqlite3'
import type { TaskColumns } from '../sql/task-row.js'
import type { StoredTask } from '../../task/task-store.js'

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
  readonly encoded: Uint8Array
}

type UpdatedColumns = TaskColumns & { readonly encoded: Uint8Array }
type InsertedColumns = UpdatedColumns & { readonly created_revision: bigint }

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
  'encoded',
] as const satisfies readonly (keyof UpdatedColumns)[]

/** Columns that never change once a task is there. */
const FIXED: ReadonlySet<string> = new Set(['service_instance_id', 'task_id', 'command', 'service', 'created_by', 'created_at'])

/** What the writer asks of the database. */
export class WriterStatements {
  readonly getInstance: Database.Statement<[string], InstanceRow>
  readonly putInstance: Database.Statement<[string, bigint, number]>
  readonly getTask: Database.Statement<[string, string], StoredTask>
  readonly insertTask: Database.Statement<[InsertedColumns]>
  readonly updateTask: Database.Statement<[UpdatedColumns]>
  readonly deleteTask: Database.Statement<[string, string]>
  readonly insertLabel: Database.Statement<[string, string, string, string]>
  readonly deleteLabels: Database.Statement<[string, string]>
  readonly insertEvent: Database.Statement<[EventRow]>
  readonly getRequest: Database.Statement<[string, string], RequestRow>
  readonly putRequest: Database.Statement<[string, string, string, Uint8Array, number]>
  readonly purgeRequests: Database.Statement<[number, number]>
  readonly purgeEvents: Database.Statement<[number, number]>

  constructor(database: Database.Database) {
    const ofTask = 'service_instance_id = ? AND task_id = ?'
    this.getInstance = database.prepare('SELECT revision, modified_at FROM service_instance WHERE service_instance_id = ?')
    this.putInstance = database.prepare('INSERT OR REPLACE INTO service_instance VALUES (?, ?, ?)')
    this.getTask = database.prepare(`SELECT encoded, revision FROM task WHERE ${ofTask}`)
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
      'INSERT INTO task_event (service_instance_id, revision, task_id, kind, actor, at, status_from, status_to, encoded)' +
        ' VALUES (@service_instance_id, @revision, @task_id, @kind, @actor, @at, @status_from, @status_to, @encoded)',
    )
    this.getRequest = database.prepare(
      'SELECT task_id, hash, made_at FROM create_request WHERE service_instance_id = ? AND request_id = ?',
    )
    this.putRequest = database.prepare(
      'INSERT OR REPLACE INTO create_request (service_instance_id, request_id, task_id, hash, made_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.purgeRequests = database.prepare(purgeSql('create_request', 'made_at'))
    this.purgeEvents = database.prepare(purgeSql('task_event', 'at'))
  }
}

function purgeSql(table: string, column: string): string {
  return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`
}
