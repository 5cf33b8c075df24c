// Reads the history of instances.
import type Database from 'better-sqlite3'
import type { TaskEvent } from '../../../gen/openshift/v1/task_event.js'
import { LIST_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { EventQuery, HistoryRange, StoredEvent } from '../../task/task-store.js'
import { EVENT_COLUMNS, eventOf, type EventRow } from '../sql/event-row.js'

interface RangeRow {
  readonly head: bigint
  readonly first: bigint | null
}

/** Reads events. Throws what SQLite throws. */
export class SqliteEventReader {
  private readonly ofInstance: Database.Statement<[string, bigint, number], EventRow>
  private readonly ofTask: Database.Statement<[string, string, bigint, number], EventRow>
  private readonly lastOfTask: Database.Statement<[string, string], EventRow>
  private readonly encodedAt: Database.Statement<[string, bigint], Uint8Array>
  private readonly range: Database.Statement<[string, string], RangeRow>

  constructor(database: Database.Database) {
    this.ofInstance = database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM task_event WHERE service_instance_id = ? AND revision > ? ORDER BY revision LIMIT ?`,
    )
    this.ofTask = database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM task_event WHERE service_instance_id = ? AND task_id = ? AND revision > ?` +
        ' ORDER BY revision LIMIT ?',
    )
    this.lastOfTask = database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM task_event WHERE service_instance_id = ? AND task_id = ? ORDER BY revision DESC LIMIT 1`,
    )
    this.encodedAt = database
      .prepare<[string, bigint], Uint8Array>('SELECT encoded FROM task_event WHERE service_instance_id = ? AND revision = ?')
      .pluck()
    this.range = database.prepare(
      'SELECT revision AS head, (SELECT min(revision) FROM task_event WHERE service_instance_id = ?) AS first' +
        ' FROM service_instance WHERE service_instance_id = ?',
    )
  }

  /** Events of an instance or of one task. */
  events(instance: InstanceId, { taskId, after, limit, bytes: most = LIST_LIMITS.pageBytes }: EventQuery): StoredEvent[] {
    const rows =
      taskId === undefined
        ? this.ofInstance.iterate(instance, after, limit)
        : this.ofTask.iterate(instance, taskId, after, limit)
    const events: StoredEvent[] = []
    let bytes = 0
    for (const row of rows) {
      events.push(eventOf(row))
      bytes += row.encoded.length
      if (bytes > most) break
    }
    return events
  }

  last(instance: InstanceId, id: TaskId): TaskEvent | undefined {
    const row = this.lastOfTask.get(instance, id)
    return row && eventOf(row).event
  }

  taskAt(instance: InstanceId, revision: bigint): Uint8Array | undefined {
    return this.encodedAt.get(instance, revision)
  }

  history(instance: InstanceId): HistoryRange {
    const { head, first } = this.range.get(instance, instance) ?? { head: 0n, first: null }
    return { head, oldest: first === null ? head : first - 1n }
  }
}
