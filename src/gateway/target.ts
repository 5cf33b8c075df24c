// What a request is for.
import type { Match } from './router.js'

/** A route and what fills it. */
export interface Target {
  readonly match: Match
  /** Of its URL, without the question mark. */
  readonly query: string
  /** The encoded message that it is bound to, where that is known. */
  readonly message?: Uint8Array
}
