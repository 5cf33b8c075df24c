// What a failure of SQLite means to a caller.
import Database from 'better-sqlite3'
import { storeFull, storeUnavailable } from '../sql/store-error.js'

const { SqliteError } = Database

/** The TaskError for a failure of the database; other errors come back as they are. */
export function asTaskError(error: unknown): unknown {
  if (!(error instanceof SqliteError)) return error
  return error.code === 'SQLITE_FULL' ? storeFull() : storeUnavailable()
}
