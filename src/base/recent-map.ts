// A map of what was used lately, within a number of bytes. A find costs no more than that of a Map: what is old is not moved at
// every use but forgotten by halves.

/** Keeps values by text. */
export class RecentMap<Value> {
  private readonly bytes: number
  private recent = new Map<string, Value>()
  private older = new Map<string, Value>()
  private recentBytes = 0

  /** `bytes`: how much is kept at most, keys and values as `set` is told. */
  constructor(bytes: number) {
    this.bytes = bytes
  }

  /** The value of `key`; it is used with that. `bytesOf`: what it takes without its key, as `set` was told. */
  get(key: string, bytesOf: (value: Value) => number): Value | undefined {
    const found = this.recent.get(key)
    if (found !== undefined) return found
    const old = this.older.get(key)
    if (old !== undefined) this.set(key, old, bytesOf(old))
    return old
  }

  /** Keeps `value`, of so many bytes without its key; nothing that is larger than half of everything. */
  set(key: string, value: Value, bytes: number): void {
    const size = bytes + key.length
    if (size > this.bytes / 2) return
    if (this.recentBytes + size > this.bytes / 2) {
      this.older = this.recent
      this.recent = new Map()
      this.recentBytes = 0
    }
    this.recent.set(key, value)
    this.recentBytes += size
  }
}
