// The counters of stamps in memory that the threads of one process share.
import { SLOTS, type StampCounters } from './instance-stamps.js'

/** Counters in memory. */
export class StampMemory implements StampCounters {
  /** To be handed to another thread. */
  readonly memory: SharedArrayBuffer
  private readonly counters: Int32Array

  constructor(memory = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.counters = new Int32Array(memory)
  }

  read(slot: number): number {
    return Atomics.load(this.counters, slot)
  }

  write(slot: number, count: number): void {
    Atomics.store(this.counters, slot, count)
  }
}
