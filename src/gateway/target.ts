// What a request is for.
import type { Match } from './router.js'

/** A route and what fills it. */
export interface Target {
  readonly match: Match
  /** Of its URL, without the question mark. */
  readonly query: string
  /** What its URL was bound to before, where that is known. */
  readonly known?: KnownMessage
}

/** The message that a URL stands for. */
export interface KnownMessage {
  readonly encoded: Uint8Array
  /** What whoever is called has made of it. */
  notes: unknown
}
