// Answers that were given lately, for who asks again before anything has changed.
import type { ANSWER_LIMITS } from '../limits.js'

/** An answer, and what it is an answer of. */
export interface KeptAnswer {
  /** Of the service instance, asked for before the answer was read. */
  readonly version: bigint
  readonly body: Uint8Array
}

interface Entry extends KeptAnswer {
  readonly key: string
  readonly until: number
}

/** Keeps the answers that were used last, within a number of bytes. What is kept is as good as new while its version is. */
export class AnswerCache {
  private readonly limits: Readonly<Record<keyof typeof ANSWER_LIMITS, number>>
  private readonly now: () => number
  /** Least lately used first. */
  private readonly entries = new Map<string, Entry>()
  private bytes = 0

  /** `now`: milliseconds on any clock that does not go back. */
  constructor(limits: Readonly<Record<keyof typeof ANSWER_LIMITS, number>>, now: () => number = () => performance.now()) {
    this.limits = limits
    this.now = now
  }

  /** Bytes that are kept now, keys included. */
  get size(): number {
    return this.bytes
  }

  /** The answer that was kept under `key` at this version. */
  find(key: string, version: bigint): Uint8Array | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    if (entry.version !== version || this.now() >= entry.until) {
      this.bytes -= sizeOf(entry)
      return undefined
    }
    this.entries.set(key, entry)
    return entry.body
  }

  /** Keeps an answer in place of any other of that key. One of more than ANSWER_LIMITS.answerBytes is not kept. */
  keep(key: string, { version, body }: KeptAnswer): void {
    if (body.length > this.limits.answerBytes) return
    const before = this.entries.get(key)
    if (before !== undefined) this.forget(before)
    const entry = { key, version, body, until: this.now() + this.limits.ageMs }
    this.entries.set(key, entry)
    this.bytes += sizeOf(entry)
    for (const oldest of this.entries.values()) {
      if (this.bytes <= this.limits.cacheBytes) break
      this.forget(oldest)
    }
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.key)
    this.bytes -= sizeOf(entry)
  }
}

/** What an entry itself takes, by measurement. */
const ENTRY_BYTES = 300

function sizeOf({ key, body }: Entry): number {
  return body.length + key.length + ENTRY_BYTES
}
