// Keys of tasks in a database file. A task is kept under the number of its instance and the revision that created it, so the
// tasks of an instance stand together, in the order of their creation, and a list only has to walk on.
import type { ListQuery } from '../../task/task-store.js'

/** Bits of a key for the revision; the bits above are the number of the instance. */
const REVISION_BITS = 40n

/** Between which keys the tasks of an instance are. */
export interface KeyRange {
  /** Below every key of the instance: a revision and this make the key. */
  readonly base: bigint
  /** The highest key that a task of the instance can have. */
  readonly last: bigint
}

/** The keys of the instance of that number. */
export function keysOf(number: bigint): KeyRange {
  const base = number << REVISION_BITS
  return { base, last: base + (1n << REVISION_BITS) - 1n }
}

/** The range of a walk along revisions, which are positions as they are. */
export const ALL_REVISIONS = keysOf(0n)

/** What of a list is to be read. */
export interface ListRange {
  /** A position of the list and this make one of the walk. */
  readonly base: bigint
  /** The position before the first, and the last that counts; of the walk. */
  readonly after: bigint
  readonly end: bigint
}

/** What a query reads of the positions between `base` and `last`. A position that is none of the instance's leads out of none of its bounds. */
export function rangeOf({ order, after }: Pick<ListQuery, 'order' | 'after'>, { base, last }: KeyRange): ListRange {
  const beyond = last + 1n
  if (after === undefined) return order.descending ? { base, after: beyond, end: base } : { base, after: base, end: last }
  const from = after < 0n ? base : base + after
  return { base, after: from > beyond ? beyond : from, end: order.descending ? base : last }
}
