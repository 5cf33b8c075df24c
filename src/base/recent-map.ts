// A map of what was used lately, within a number of bytes. A find costs no more than that of a Map: what is old is not moved at
// every use but forgotten by halves.

/** Keeps values by text. */
export class RecentMap<Value> {
  private readonly bytes: number
  private readonly bytesOf: (value: Value) => number
  private recent = new Map<string, Value>()
  private older = new Map<string, Value>()
  private recentBytes = 0

  /** `bytes`: how much is kept at most, keys included. `bytesOf`: what a value takes without its key. */
  constructor(bytes: number, bytesOf: (value: Value) => number) {
    this.bytes = bytes
    this.bytesOf = bytesOf
  }

  /** The value of `key`; it is used with that. */
  get(key: string): Value | undefined {
    const found = this.recent.get(key)
    if (found !== undefined) return found
    const old = this.older.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** Keeps `value`; nothing that is larger than half of everything. */
  set(key: string, value: Value): void {
    const size = this.sizeOf(key, value)
    if (size > this.bytes / 2) return
    const before = this.recent.get(key)
    if (before !== undefined) this.recentBytes -= this.sizeOf(key, before)
    if (this.recentBytes + size > this.bytes / 2) {
      this.older = this.recent
      this.recent = new Map()
      this.recentBytes = 0
    }
    this.recent.set(key, value)
    this.recentBytes += size
  }

  private sizeOf(key: string, value: Value): number {
    return this.bytesOf(value) + key.length
  }
}
