// A number of places, of which each service instance can have some.
import type { InstanceId } from './identifiers.js'

/** How many places there are, and how many of them one instance can have. */
export interface PlaceLimits {
  readonly all: number
  readonly ofInstance: number
}

/** Takes and gives back places. */
export class Places {
  private readonly limits: () => PlaceLimits
  private readonly taken = new Map<InstanceId, number>()
  private count = 0

  constructor(limits: () => PlaceLimits) {
    this.limits = limits
  }

  /** Places that are taken. */
  get size(): number {
    return this.count
  }

  /** Takes a place for `instance`; false when there is none. */
  take(instance: InstanceId): boolean {
    const { all, ofInstance } = this.limits()
    const taken = this.taken.get(instance) ?? 0
    if (this.count >= all || taken >= ofInstance) return false
    this.count += 1
    this.taken.set(instance, taken + 1)
    return true
  }

  /** Gives a place of `instance` back. */
  giveBack(instance: InstanceId): void {
    this.count -= 1
    const left = (this.taken.get(instance) ?? 0) - 1
    if (left > 0) this.taken.set(instance, left)
    else this.taken.delete(instance)
  }
}
