// Opens connections to the database file, every one with the settings that durability rests on.
import { accessSync, constants } from 'node:fs'
import Database from 'better-sqlite3'
import { STORE_LIMITS } from '../../limits.js'

/** Marks a database file as ours: the bytes of "TPLN", where SQLite keeps its application id. */
const APPLICATION_ID = 0x54504c4e

/** What a connection is for. */
export interface ConnectionOptions {
  readonly mayWrite: boolean
  /** Kibibytes of the file that it keeps in memory. Default: STORE_LIMITS.writerCacheKib, or readerCacheKib. */
  readonly cacheKib?: number
}

/**
 * Opens `path`, which may only read when `mayWrite` is false. WAL, and synchronous=FULL: without it better-sqlite3 does
 * not sync at commit. Throws when a setting does not take, or when the file is not a Taskplane database or cannot be written.
 */
export function openConnection(path: string, { mayWrite, cacheKib }: ConnectionOptions): Database.Database {
  const database = new Database(path, { timeout: STORE_LIMITS.busyTimeoutMs, fileMustExist: !mayWrite })
  try {
    checkOwnership(database, path)
    setAndAssert(database, 'journal_mode', 'wal')
    setAndAssert(database, 'synchronous', 2n)
    setAndAssert(database, 'foreign_keys', 1n)
    setAndAssert(database, 'query_only', mayWrite ? 0n : 1n)
    setAndAssert(database, 'cache_size', `-${cacheKib ?? (mayWrite ? STORE_LIMITS.writerCacheKib : STORE_LIMITS.readerCacheKib)}`)
    setAndAssert(database, 'wal_autocheckpoint', String(STORE_LIMITS.checkpointPages))
    // SQLite opens a file that it may not write for reading, and says nothing until something is written.
    if (mayWrite) accessSync(path, constants.W_OK)
    return database.defaultSafeIntegers()
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens `path` to look at it and change nothing, not even its settings. Throws when it is not a Taskplane database. */
export function openForLooking(path: string): Database.Database {
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: STORE_LIMITS.busyTimeoutMs })
  try {
    if (applicationId(database) !== APPLICATION_ID) throw new Error(`${path} is not a Taskplane database`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Marks a new database as ours; part of the first migration. */
export function markOwnership(database: Database.Database): void {
  database.pragma(`application_id = ${APPLICATION_ID}`)
}

function checkOwnership(database: Database.Database, path: string): void {
  const id = applicationId(database)
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (id !== APPLICATION_ID && !isEmpty) throw new Error(`${path} is a database of another program`)
}

function applicationId(database: Database.Database): number {
  return Number(database.pragma('application_id', { simple: true }))
}

function setAndAssert(database: Database.Database, pragma: string, value: string | bigint): void {
  database.pragma(`${pragma} = ${value}`)
  const actual: unknown = database.pragma(pragma, { simple: true })
  if (String(actual) !== String(value)) throw new Error(`SQLite kept ${pragma} at ${String(actual)} instead of ${value}`)
}
