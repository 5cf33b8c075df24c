// The file of an embedded store, and the disk it is on: for a doctor on the same machine.
import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DOCTOR_LIMITS } from '../limits.js'
import { finding, type Finding } from './finding.js'

/** What is in a file of the store. */
export interface StoreFile {
  readonly journalMode: string
  readonly schemaVersion: number
  /** The schema version that this program knows. */
  readonly knownVersion: number
}

const MIB = 1024 * 1024

/** Looks at the store in the file `path`. `inspect` opens it for reading, and throws when it is none of ours. */
export function checkStoreFile(path: string, inspect: (path: string) => StoreFile): Finding[] {
  const { failure } = finding('store file')
  if (!existsSync(path)) return [failure(`${path} does not exist: is --store right, as seen from here?`)]
  return [checkFile(path, inspect), checkLog(path), checkDisk(path)]
}

function checkFile(path: string, inspect: (path: string) => StoreFile): Finding {
  const { ok, failure, warning } = finding('store file')
  try {
    const { journalMode, schemaVersion, knownVersion } = inspect(path)
    if (journalMode !== 'wal') return failure(`${path} has the journal mode ${journalMode}: something else than Taskplane has changed it`)
    if (schemaVersion > knownVersion) return warning(`${path} has schema version ${schemaVersion}, newer than the ${knownVersion} of this program`)
    return ok(`schema version ${schemaVersion}; WAL, and every commit waits for the disk`)
  } catch (error) {
    return failure(`${path}: ${(error as Error).message}`)
  }
}

/** The log is folded into the file all the time; a large one means that something keeps it. */
function checkLog(path: string): Finding {
  const { ok, warning } = finding('store log')
  const bytes = existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0
  const mib = Math.round(bytes / MIB)
  if (bytes <= DOCTOR_LIMITS.logBytes) return ok(`${mib} MiB`)
  return warning(`${path}-wal has ${mib} MiB: a reader, such as a backup that hangs, keeps it from being folded in`)
}

function checkDisk(path: string): Finding {
  const { ok, warning } = finding('disk')
  const { bavail, bsize } = statfsSync(dirname(path))
  const free = bavail * bsize
  const gib = (free / MIB / 1024).toFixed(1)
  if (free >= DOCTOR_LIMITS.diskBytes) return ok(`${gib} GiB are free`)
  return warning(`${gib} GiB are free where ${path} is: writes are refused when there is no room`)
}
