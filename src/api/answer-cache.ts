// Answers that were given lately, for who asks again before anything has changed.
import { whenThere, type Soon } from '../base/soon.js'

/** An answer. */
export interface KeptAnswer<Body extends string | Uint8Array> {
  readonly body: Body
  /** Its entity tag; undefined when it has none. */
  readonly etag: string | undefined
}

/** What an answer is as good as new for: a stamp or a version of its service instance, taken before it was read. */
export type Mark = number | bigint

interface Entry<Body extends string | Uint8Array> {
  readonly key: string
  readonly mark: Mark
  readonly answer: KeptAnswer<Body>
  readonly until: number
}

/** The limits of a cache; of ANSWER_LIMITS. */
export type AnswerLimits = Readonly<Record<'cacheBytes' | 'answerBytes' | 'ageMs', number>>

/** Keeps the answers that were used last, within a number of bytes. */
export class AnswerCache<Body extends string | Uint8Array> {
  private readonly limits: AnswerLimits
  private readonly now: () => number
  /** Least lately used first. */
  private readonly entries = new Map<string, Entry<Body>>()
  private bytes = 0

  /** `now`: milliseconds on any clock that does not go back. */
  constructor(limits: AnswerLimits, now: () => number = () => performance.now()) {
    this.limits = limits
    this.now = now
  }

  /** Bytes that are kept now, keys included; characters of a text count as bytes. */
  get size(): number {
    return this.bytes
  }

  /**
   * The answer that was kept under `key` at `mark`, or else what `make` makes, which is kept. Nothing is kept without a mark, and
   * no answer of more than ANSWER_LIMITS.answerBytes.
   */
  at(mark: Mark | undefined, key: string, make: () => Soon<KeptAnswer<Body>>): Soon<KeptAnswer<Body>> {
    if (mark === undefined) return make()
    return (
      this.find(key, mark) ??
      whenThere(make(), (answer) => {
        this.keep({ key, mark, answer, until: this.now() + this.limits.ageMs })
        return answer
      })
    )
  }

  /** The answer that was kept under `key` at `mark`. */
  find(key: string, mark: Mark): KeptAnswer<Body> | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    if (entry.mark !== mark || this.now() >= entry.until) {
      this.bytes -= sizeOf(entry)
      return undefined
    }
    this.entries.set(key, entry)
    return entry.answer
  }

  private keep(entry: Entry<Body>): void {
    if (entry.answer.body.length > this.limits.answerBytes) return
    this.forget(this.entries.get(entry.key))
    this.entries.set(entry.key, entry)
    this.bytes += sizeOf(entry)
    for (const oldest of this.entries.values()) {
      if (this.bytes <= this.limits.cacheBytes) break
      this.forget(oldest)
    }
  }

  private forget(entry: Entry<Body> | undefined): void {
    if (entry === undefined) return
    this.entries.delete(entry.key)
    this.bytes -= sizeOf(entry)
  }
}

/** About what an entry itself takes. */
const ENTRY_BYTES = 300

function sizeOf({ key, answer }: Entry<string | Uint8Array>): number {
  return answer.body.length + key.length + ENTRY_BYTES
}
