// The counters of stamps in a file that several processes have open. It is for those that run: nothing of it has to reach the disk.
import { closeSync, constants, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { storeFull, storeUnavailable } from '../sql/store-error.js'
import { realPath } from './file-lock.js'
import { SLOTS, type StampCounters, type StampView } from './instance-stamps.js'

/** Each counter stands there twice: who finds two numbers has read it while it was being written. */
const RECORD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT
const FILE_BYTES = SLOTS * RECORD_BYTES

/** The file of the stamps of the database file at `path`, which has no second one through symbolic links. */
export function stampPath(path: string): string {
  return `${realPath(path)}-stamps`
}

/** Makes the file anew, for the process that has the lock of the database file. Throws an Error that names it when it cannot. */
export function makeStampFile(path: string): void {
  retireStampFile(path)
  try {
    fill(openSync(path, 'wx', 0o600), FILE_BYTES, 0)
  } catch (cause) {
    rmSync(path, { force: true })
    throw new Error(`${path}, which workers share, cannot be made: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Removes the file, if there is one. Who has it open still, such as a worker that has not noticed the end of its server, finds odd
 * numbers in it from now on. Throws when it cannot.
 */
export function retireStampFile(path: string): void {
  try {
    // Whatever stands behind a link is not ours.
    const file = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW)
    fill(file, Math.min(fstatSync(file).size, FILE_BYTES), 1)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return
    if (code !== 'ELOOP') throw error
  }
  rmSync(path)
}

/** For those who look. */
export class StampReader implements StampView {
  private file: number | undefined
  private readonly record = new Int32Array(2)
  private readonly bytes = new Uint8Array(this.record.buffer)

  /** Throws when there is no such file. */
  constructor(path: string) {
    this.file = openSync(path, 'r')
  }

  read(slot: number): number | undefined {
    if (this.file === undefined) return undefined
    try {
      if (readSync(this.file, this.bytes, 0, RECORD_BYTES, slot * RECORD_BYTES) !== RECORD_BYTES) return undefined
    } catch {
      return undefined
    }
    const [count, again] = this.record
    return count === again ? count : undefined
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }
}

/** For the one who counts, in a file that was just made. A write throws a TaskError. */
export class StampWriter implements StampCounters {
  private readonly file: number
  /** What was to be written; where writing failed, the file has what was there before. */
  private readonly counters = new Int32Array(SLOTS)
  private readonly record = new Int32Array(2)
  private readonly bytes = new Uint8Array(this.record.buffer)

  constructor(path: string) {
    this.file = openSync(path, 'r+')
  }

  read(slot: number): number {
    return this.counters[slot] ?? 0
  }

  write(slot: number, count: number): void {
    this.counters[slot] = count
    this.record.fill(count)
    try {
      writeFully(this.file, this.bytes, slot * RECORD_BYTES)
    } catch (error) {
      throw FULL.has(codeOf(error)) ? storeFull() : storeUnavailable()
    }
  }

  close(): void {
    closeSync(this.file)
  }
}

/** Errors of a disk, or of a part of it, that is full. */
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT'])

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** Fills a file from its beginning with so many times `byte`, and closes it. */
function fill(file: number, size: number, byte: number): void {
  try {
    writeFully(file, Buffer.alloc(size, byte), 0)
  } finally {
    closeSync(file)
  }
}

function writeFully(file: number, content: Uint8Array, at: number): void {
  for (let written = 0; written < content.length; ) written += writeSync(file, content, written, content.length - written, at + written)
}
