// Memory that the writer's thread and the event loop share: who has kept what it read of an instance can tell in a few
// nanoseconds, without asking the database, that nothing has changed since.
import type { InstanceId } from '../../task/identifiers.js'

/** Instances share these; a change of one makes what is kept of the others be read again. A power of two. */
const SLOTS = 65_536

/**
 * A counter for each instance: even while nothing of it is being committed, odd from before a commit becomes visible until
 * after. So whoever finds the same even number before it reads and later has read what is there still.
 */
export class InstanceStamps {
  /** To be handed to the thread of the writer. */
  readonly memory: SharedArrayBuffer
  private readonly counters: Int32Array

  constructor(memory = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.counters = new Int32Array(memory)
  }

  /** The counter of an instance; undefined while it is being changed. */
  of(instance: InstanceId): number | undefined {
    const stamp = Atomics.load(this.counters, slotOf(instance))
    return stamp % 2 === 0 ? stamp : undefined
  }

  /** To be called before a commit that changes `instances`; what it answers, after it, however it ended. */
  change(instances: Iterable<string>): () => void {
    const slots = new Set([...instances].map(slotOf))
    const count = (): void => {
      for (const slot of slots) Atomics.add(this.counters, slot, 1)
    }
    count()
    return count
  }
}

/** FNV-1a. */
function slotOf(instance: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < instance.length; at += 1) hash = Math.imul(hash ^ instance.charCodeAt(at), 0x01000193)
  return hash & (SLOTS - 1)
}
