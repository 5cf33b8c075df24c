// Copies of the database file: made while a server runs, checked, and put in place of the file when none does.
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type Database from 'better-sqlite3'
import { openForLooking } from './connection.js'
import { lockFile, type FileLock } from './file-lock.js'
import { SCHEMA_VERSION } from './migrations.js'

/** What is in a copy. */
export interface BackupSummary {
  readonly tasks: number
  readonly bytes: number
  readonly schemaVersion: number
}

/** How a database file looks from outside. */
export interface FileState {
  readonly journalMode: string
  readonly schemaVersion: number
  readonly knownVersion: number
}

/**
 * Copies the store at `path` to the new file `target`, as it is at one moment, whether or not a server runs; readers and
 * writers go on. On the disk when it returns. Throws when `target` exists, or the copy is not sound.
 */
export function backUp(path: string, target: string): BackupSummary {
  if (existsSync(target)) throw new Error(`${target} exists already`)
  const partial = `${target}.partial`
  withFile(path, (database) => database.prepare('VACUUM INTO ?').run(partial))
  const summary = checkCopy(partial)
  moveDurably(partial, target)
  return summary
}

/**
 * Puts the copy `backup` in place of the store at `path`, of which no server may make use; what was there is kept beside it,
 * with `suffix` after its names. Throws when the copy is not sound or a server has the store.
 */
export function restore(backup: string, path: string, suffix: string): BackupSummary {
  const summary = checkCopy(backup)
  const lock = lockUnused(path)
  try {
    const partial = `${path}.partial`
    copyFileSync(backup, partial)
    for (const part of ['', '-wal', '-shm']) if (existsSync(path + part)) renameSync(path + part, path + suffix + part)
    moveDurably(partial, path)
  } finally {
    lock.release()
  }
  return summary
}

function lockUnused(path: string): FileLock {
  try {
    return lockFile(path)
  } catch (cause) {
    throw new Error(`Cannot replace ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Opens a database file for reading. Throws when it is none of ours. */
export function inspectStore(path: string): FileState {
  return withFile(path, (database) => ({
    journalMode: String(database.pragma('journal_mode', { simple: true })),
    schemaVersion: versionOf(database),
    knownVersion: SCHEMA_VERSION,
  }))
}

/** Reads all of a copy. Throws when it is not sound, or newer than this program. */
function checkCopy(path: string): BackupSummary {
  return withFile(path, (database) => {
    const fault = database.pragma('quick_check(1)', { simple: true })
    if (fault !== 'ok') throw new Error(`${path} is not sound: ${String(fault)}`)
    const schemaVersion = versionOf(database)
    if (schemaVersion > SCHEMA_VERSION) throw new Error(`${path} has schema version ${schemaVersion}; this program knows up to ${SCHEMA_VERSION}`)
    const tasks = Number(database.prepare('SELECT count(*) FROM task').pluck().get())
    return { tasks, bytes: statSync(path).size, schemaVersion }
  })
}

function withFile<T>(path: string, look: (database: Database.Database) => T): T {
  const database = openForLooking(path)
  try {
    return look(database)
  } finally {
    database.close()
  }
}

function versionOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

/** A file and its name survive a loss of power: SQLite does not sync what VACUUM INTO writes. */
function moveDurably(from: string, to: string): void {
  sync(from)
  renameSync(from, to)
  sync(dirname(to))
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
