// What a failure of SQLite means to a caller.
import Database from 'better-sqlite3'
import { CALL_LIMITS } from '../../limits.js'
import { TaskError } from '../../task/task-error.js'

const { SqliteError } = Database

/** The TaskError for a failure of the database; other errors come back as they are. */
export function asTaskError(error: unknown): unknown {
  if (!(error instanceof SqliteError)) return error
  if (error.code === 'SQLITE_FULL') {
    return new TaskError('RESOURCE_EXHAUSTED', 'STORE_FULL', 'The store has no room; nothing was written')
  }
  return storeUnavailable()
}

/** UNAVAILABLE: the store did not answer; a write may have been applied. */
export function storeUnavailable(): TaskError {
  return new TaskError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'The store did not answer', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

/** UNAVAILABLE: the store is closed or closing. */
export function storeClosed(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}
