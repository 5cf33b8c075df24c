// The counters of stamps in a file that several processes have open. It is for those that run: nothing of it has to reach the disk.
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { realPath } from './file-lock.js'
import { SLOTS, type StampCounters, type StampView } from './instance-stamps.js'

/** Each counter stands there twice: who finds two numbers has read it while it was being written. */
const RECORD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT
const FILE_BYTES = SLOTS * RECORD_BYTES

/** The file of the stamps of the database file at `path`, which has no second one through symbolic links. */
export function stampPath(path: string): string {
  return `${realPath(path)}-stamps`
}

/** Makes the file anew, for the process that has the lock of the database file. Throws when it cannot. */
export function makeStampFile(path: string): void {
  retireStampFile(path)
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFully(file, Buffer.alloc(FILE_BYTES))
  } finally {
    closeSync(file)
  }
}

/**
 * Removes the file, if there is one. Who has it open still, such as a worker that has not noticed the end of its server, finds odd
 * numbers in it from now on. Throws when it cannot.
 */
export function retireStampFile(path: string): void {
  let file: number
  try {
    file = openSync(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    writeFully(file, Buffer.alloc(FILE_BYTES, 1))
  } finally {
    closeSync(file)
  }
  rmSync(path)
}

/** For those who look. */
export class StampReader implements StampView {
  private readonly file: number
  private readonly record = new Int32Array(2)
  private readonly bytes = new Uint8Array(this.record.buffer)

  /** Throws when there is no such file. */
  constructor(path: string) {
    this.file = openSync(path, 'r')
  }

  read(slot: number): number | undefined {
    try {
      if (readSync(this.file, this.bytes, 0, RECORD_BYTES, slot * RECORD_BYTES) !== RECORD_BYTES) return undefined
    } catch {
      return undefined
    }
    const [count, again] = this.record
    return count === again ? count : undefined
  }

  close(): void {
    closeSync(this.file)
  }
}

/** For the one who counts, in a file that was just made. */
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
    if (writeSync(this.file, this.bytes, 0, RECORD_BYTES, slot * RECORD_BYTES) !== RECORD_BYTES) throw new Error('The stamps cannot be written')
  }

  close(): void {
    closeSync(this.file)
  }
}

function writeFully(file: number, content: Buffer): void {
  for (let written = 0; written < content.length; ) written += writeSync(file, content, written, content.length - written, written)
}
