// Counters that the writer's thread and those who read share: who has kept what it read of an instance can tell in no time, without
// asking the database, that nothing has changed since.
import type { InstanceId } from '../../task/identifiers.js'

/** Instances share these; a change of one makes what is kept of the others be read again. A power of two. */
export const SLOTS = 65_536

/** Counters of 32 bits, which wrap around, as those see them who look. */
export interface StampView {
  /** Undefined: cannot be told now. */
  read(slot: number): number | undefined
}

/** The same for the one who counts. */
export interface StampCounters extends StampView {
  read(slot: number): number
  /** What `read` answers from now on, to everybody. Throws when they may go on to find what was there. */
  write(slot: number, count: number): void
}

/**
 * The counter of an instance: the same even number before a read and later says that what was read is there still. Undefined while the
 * instance is being changed, and when it cannot be told.
 */
export function stampOf(view: StampView, instance: InstanceId): number | undefined {
  const stamp = view.read(slotOf(instance))
  return stamp !== undefined && isEven(stamp) ? stamp : undefined
}

/**
 * Makes the counters of `instances` odd until what it answers is called: to be called before a commit that changes them becomes
 * visible, and what it answers after it, however it ended. Throws when what was kept could be taken for new: nothing may be
 * committed then.
 */
export function stampChange(counters: StampCounters, instances: Iterable<string>): () => void {
  const changes = [...new Set([...instances].map(slotOf))].map((slot) => ({ slot, during: nextOdd(counters.read(slot)) }))
  for (const { slot, during } of changes) counters.write(slot, during)
  return () => {
    for (const { slot, during } of changes) endChange(counters, slot, during)
  }
}

function endChange(counters: StampCounters, slot: number, during: number): void {
  try {
    counters.write(slot, during + 1)
  } catch {
    // Whoever goes on to find the odd number asks the database.
  }
}

function isEven(count: number): boolean {
  return count % 2 === 0
}

/** An odd number that was not there before; one that is odd already is of a change whose end could not be written. */
function nextOdd(count: number): number {
  return isEven(count) ? count + 1 : count + 2
}

/** FNV-1a. */
function slotOf(instance: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < instance.length; at += 1) hash = Math.imul(hash ^ instance.charCodeAt(at), 0x01000193)
  return hash & (SLOTS - 1)
}
