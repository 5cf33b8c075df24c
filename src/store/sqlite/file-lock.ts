// Keeps a second process off a database file: the writer of one process alone decides the revisions.
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'

const { SqliteError } = Database

/** A lock on a database file, held until `release` or the end of the process, however it ends. */
export interface FileLock {
  release(): void
}

/**
 * Locks the database file at `path` for this process, through an exclusive transaction on a file beside it with `-lock`
 * after its name. Symbolic links do not give a file a second lock; hard links do. Throws when another process holds the
 * lock, or when the directory cannot be written.
 */
export function lockFile(path: string): FileLock {
  const database = new Database(`${realPath(path)}-lock`, { timeout: 0 })
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

/** The path without symbolic links, also of a file that is still to be made. */
export function realPath(path: string): string {
  return resolved(path) ?? join(resolved(dirname(path)) ?? dirname(path), basename(path))
}

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
