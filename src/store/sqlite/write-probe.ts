// Finds out whether the store can write, by writing: a store that can begin a transaction may still be full.
import type Database from 'better-sqlite3'
import { TASK_LIMITS } from '../../limits.js'

/** No service instance has this name: the row is in nobody's way. */
export const NOBODY = ''

/** Makes room for a large row and gives it back. */
export class WriteProbe {
  private readonly insert: () => void
  private readonly remove: () => void
  private readonly both: () => void
  private hasFailed = false

  constructor(database: Database.Database) {
    const insert = database.prepare<[string, number]>("INSERT OR REPLACE INTO create_request VALUES (?, '', '', zeroblob(?), 0)")
    const remove = database.prepare<[string]>('DELETE FROM create_request WHERE service_instance_id = ?')
    // The largest part of a task, its copy in the event log, and its JSON, where three bytes take four characters.
    const rowBytes = Math.ceil((2 + 4 / 3) * TASK_LIMITS.payloadBytes)
    this.insert = () => void insert.run(NOBODY, rowBytes)
    this.remove = () => void remove.run(NOBODY)
    const both = database.transaction(() => {
      this.insert()
      this.remove()
    })
    this.both = () => both.immediate()
  }

  /** Says whether the last write succeeded. */
  observe(succeeded: boolean): void {
    this.hasFailed = !succeeded
  }

  /**
   * Throws what SQLite throws when there is no room, no right or no disk to write. One commit that leaves next to nothing
   * on the disk; after a write that failed, the whole row has to get there.
   */
  run(): void {
    if (this.hasFailed) {
      this.insert()
      this.remove()
    } else {
      this.both()
    }
    this.hasFailed = false
  }
}
