// Whether there is memory for another call.
import { getHeapStatistics } from 'node:v8'
import { MEMORY_LIMITS } from '../limits.js'

/** What there is memory for. */
type Room = 'everything' | 'short calls' | 'nothing'

/** Looks at the heap now and then. */
export class MemoryPressure {
  private readonly usedPercent: () => number
  private room: Room = 'everything'
  private lookAt = 0

  /** `usedPercent`: how much of the heap that there may be is in use. */
  constructor(usedPercent: () => number = heapPercent) {
    this.usedPercent = usedPercent
  }

  /** Whether a call can be taken: no long one from MEMORY_LIMITS.shedPercent, none from MEMORY_LIMITS.refusePercent. `now`: as of CallRate. */
  hasRoom(isLong: boolean, now: number): boolean {
    if (now >= this.lookAt) {
      this.lookAt = now + MEMORY_LIMITS.checkMs
      this.room = roomAt(this.usedPercent())
    }
    return this.room === 'everything' || (this.room === 'short calls' && !isLong)
  }
}

function roomAt(percent: number): Room {
  if (percent >= MEMORY_LIMITS.refusePercent) return 'nothing'
  return percent >= MEMORY_LIMITS.shedPercent ? 'short calls' : 'everything'
}

function heapPercent(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return (used / limit) * 100
}
