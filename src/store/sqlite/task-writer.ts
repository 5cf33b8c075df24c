// Writes to the database file, one transaction a batch. Runs in the writer's thread; it is the only one that writes.
import type Database from 'better-sqlite3'
import { LEASE_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { doAtOnce } from '../sql/steps.js'
import { ownWrite, TaskWriter, type Written } from '../sql/task-writer.js'
import { stampChange, type StampCounters } from './instance-stamps.js'
import { SqliteTables } from './sqlite-tables.js'
import { StampMemory } from './stamp-memory.js'

/** Writes tasks, their events and request ids. */
export class SqliteTaskWriter {
  private readonly tables: SqliteTables
  private readonly inTransaction: (work: () => Written) => Written
  private readonly now: () => number
  private readonly stamps: StampCounters
  private servedSince: Date

  /** `stamps`: those of who reads. */
  constructor(database: Database.Database, now: () => number = Date.now, stamps: StampCounters = new StampMemory()) {
    this.stamps = stamps
    this.tables = new SqliteTables(database, now)
    const transaction = database.transaction((work: () => Written) => work())
    this.inTransaction = (work) => transaction.immediate(work)
    this.now = now
    this.servedSince = new Date(now())
  }

  /** Applies `writes` in order, durably, all at once; one that is refused leaves the others be. Throws what SQLite throws. */
  writeAll(writes: readonly TaskChange[]): Written {
    let committed = (): void => undefined
    try {
      return this.inTransaction(() => {
        const written = doAtOnce(new TaskWriter(this.tables, this.servedSince).writeAll(writes))
        committed = stampChange(this.stamps, this.tables.changed)
        return written
      })
    } finally {
      committed()
      this.tables.changed.clear()
    }
  }

  /** Does what time has made due, to LEASE_LIMITS.sweepTasks tasks at most; `isDone` when there is nothing more. */
  sweep(): Written & { readonly isDone: boolean } {
    const due = this.tables.findDue.all(this.now(), LEASE_LIMITS.sweepTasks)
    const writes = due.map(({ service_instance_id, task_id }) =>
      ownWrite(service_instance_id as InstanceId, task_id as TaskId, { kind: 'due' }),
    )
    return { ...this.writeAll(writes), isDone: due.length < LEASE_LIMITS.sweepTasks }
  }

  /** Every owner has a whole `ttl` from now: while nobody served, nobody could renew. */
  serveAgain(): void {
    this.servedSince = new Date(this.now())
  }
}
