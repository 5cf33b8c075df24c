// Keeps a second process off a database file: one writer decides the revisions, and it caches nothing on disk of others.
import Database from 'better-sqlite3'

const { SqliteError } = Database

/** A lock on a database file, held until `release` or the end of the process, however it ends. */
export interface FileLock {
  release(): void
}

/**
 * Locks the database file at `path` for this process, through an exclusive transaction on the file beside it,
 * `path-lock`. Throws when another process holds it, or when the
 * directory cannot be written.
 */
export function lockFile(path: string): FileLock {
  const database = new Database(`${path}-lock`, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    if (cause instanceof SqliteError && cause.code === 'SQLITE_BUSY') {
      throw new Error('it is in use by another process', { cause })
    }
    throw cause
  }
  return { release: () => database.close() }
}
