// The parts of the logs: written in turn, POSTGRES_LIMITS.logSlotMs each, and emptied before their next turn.
import { POSTGRES_LIMITS } from '../../limits.js'

const { logSlotMs, logSlots } = POSTGRES_LIMITS

/** The part that takes what happens at a time, in milliseconds since 1970. */
export function slotOf(at: number): number {
  return Math.floor(at / logSlotMs) % logSlots
}

/** The part whose turn is next. It was written last longest ago. */
export function slotAfter(now: number): number {
  return slotOf(now + logSlotMs)
}
