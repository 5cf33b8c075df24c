// What a failure of PostgreSQL means: to whom runs a transaction, and to a caller.
import pg from 'pg'
import { CALL_LIMITS } from '../../limits.js'
import { TaskError } from '../../task/task-error.js'
import { storeFull, storeUnavailable } from '../sql/store-error.js'

const { DatabaseError } = pg

/** The connection is gone, could not be had, or did not answer in time. What was asked last may have been done. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'

  /** Whether it broke at once, as an old connection does to its next user, and not after a wait. */
  get isSudden(): boolean {
    return !/timeout/i.test(this.message)
  }
}

/** Codes of SQLSTATE: serialization_failure, deadlock_detected, lock_not_available. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])
/** disk_full */
const DISK_FULL = '53100'
// Connection exceptions, insufficient resources, operator intervention, system errors; 25006: a standby answers; 55P03: a migration
// changes what is read.
const UNAVAILABLE = /^(?:08|53|57|58)|^(?:25006|55P03)$/

/** Turns what `pg` throws into a DatabaseError that the server sent or a ConnectionLost. */
export function asPostgresError(error: unknown): Error {
  if (error instanceof DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC') return error
  return new ConnectionLost(`PostgreSQL does not answer: ${(error as Error).message}`, { cause: error })
}

/** Whether a transaction failed because others were in its way; nothing of it was done. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && CONFLICTS.has(error.code ?? '')
}

/** The SQLSTATE of the server's refusal; undefined when there is none. */
export function sqlState(error: unknown): string | undefined {
  const cause = error instanceof ConnectionLost ? error.cause : error
  return cause instanceof DatabaseError ? cause.code : undefined
}

/** The TaskError for a failure of the database, conflicts of writes aside; other errors, which are ours, come back as they are. */
export function asTaskError(error: unknown): unknown {
  if (error instanceof ConnectionLost) return storeUnavailable()
  if (!(error instanceof DatabaseError)) return error
  if (error.code === DISK_FULL) return storeFull()
  return UNAVAILABLE.test(error.code ?? '') ? storeUnavailable() : error
}

/** ABORTED: others were in the way of every attempt; nothing was written. */
export function writeConflict(): TaskError {
  const message = 'Other writes were in the way; nothing was written'
  return new TaskError('ABORTED', 'WRITE_CONFLICT', message, { retryDelayMs: CALL_LIMITS.retryDelayMs })
}
