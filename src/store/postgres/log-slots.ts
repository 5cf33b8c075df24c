// The parts of the logs: written in turn, and emptied before their next turn. How many there are and how long a turn takes is
// a part of the schema: servers that differ in it would write over each other's parts.

/** Parts of the event log and of the request ids; each is emptied as a whole once all of it is past its time. */
export const LOG_SLOTS = 4

/** Milliseconds that one part is written: with four, what is kept for 24 hours goes within 36. */
export const LOG_SLOT_MS = 12 * 60 * 60 * 1000

/** The part that takes what happens at a time, in milliseconds since 1970. */
export function slotOf(at: number): number {
  return Math.floor(at / LOG_SLOT_MS) % LOG_SLOTS
}

/** The part whose turn is next. It was written last longest ago. */
export function slotAfter(now: number): number {
  return slotOf(now + LOG_SLOT_MS)
}
