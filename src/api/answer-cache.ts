// Answers that were given lately, for who asks again before anything has changed.
import { RecentMap } from '../base/recent-map.js'
import { whenThere, type Soon } from '../base/soon.js'

/** An answer. */
export interface KeptAnswer<Body extends string | Uint8Array> {
  readonly body: Body
  /** Its entity tag; undefined when it has none. */
  readonly etag: string | undefined
}

/** What an answer is as good as new for: a stamp or a version of its service instance, taken before it was read. */
export type Mark = number | bigint

interface Entry<Body extends string | Uint8Array> extends KeptAnswer<Body> {
  readonly mark: Mark
  readonly until: number
}

/** About what an entry itself takes. */
const ENTRY_BYTES = 300

/** The limits of a cache; of ANSWER_LIMITS. */
export type AnswerLimits = Readonly<Record<'cacheBytes' | 'answerBytes' | 'ageMs', number>>

/** Keeps answers that were used lately, within a number of bytes, keys included; characters of a text count as bytes. */
export class AnswerCache<Body extends string | Uint8Array> {
  private readonly limits: AnswerLimits
  private readonly entries: RecentMap<Entry<Body>>

  constructor(limits: AnswerLimits) {
    this.limits = limits
    this.entries = new RecentMap(limits.cacheBytes, ({ body }) => body.length + ENTRY_BYTES)
  }

  /**
   * The answer that was kept under `key` at `mark`, or else what `make` makes, which is kept. Nothing is kept without a mark, and
   * no answer of more than ANSWER_LIMITS.answerBytes, or of half of all that is kept. `now`: milliseconds of any clock that does
   * not go back.
   */
  at(key: string, mark: Mark | undefined, now: number, make: () => Soon<KeptAnswer<Body>>): Soon<KeptAnswer<Body>> {
    if (mark === undefined) return make()
    return (
      this.find(key, mark, now) ??
      whenThere(make(), ({ body, etag }) => {
        const answer = { body, etag, mark, until: Math.trunc(now + this.limits.ageMs) }
        if (body.length <= this.limits.answerBytes) this.entries.set(key, answer)
        return answer
      })
    )
  }

  /** The answer that was kept under `key` at `mark`. */
  find(key: string, mark: Mark, now: number): KeptAnswer<Body> | undefined {
    const entry = this.entries.get(key)
    return entry?.mark === mark && now < entry.until ? entry : undefined
  }
}
