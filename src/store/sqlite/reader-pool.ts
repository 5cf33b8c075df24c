// The connections of reads that take more than one step: each holds its read transaction on a connection of its own.

/** Something that is closed when the pool is. */
interface Closable {
  close(): void
}

interface Waiting<Reader> {
  readonly resolve: (reader: Reader) => void
}

/** Lends out at most `size` readers, opened when they are first needed. */
export class ReaderPool<Reader extends Closable> {
  private readonly open: () => Reader
  private readonly size: number
  private readonly idle: Reader[] = []
  private readonly waiting: Waiting<Reader>[] = []
  private lent = 0
  private isClosed = false
  private onAllBack: (() => void) | undefined

  constructor(size: number, open: () => Reader) {
    this.size = size
    this.open = open
  }

  /** Runs `work` with a reader that nobody else has meanwhile; while it waits for one, rejects with the reason of `signal`. */
  async use<T>(work: (reader: Reader) => Promise<T>, signal: AbortSignal): Promise<T> {
    const reader = await this.take(signal)
    try {
      return await work(reader)
    } finally {
      this.giveBack(reader)
    }
  }

  /** Closes the readers, each once it is back. Whoever waits has to be ended by its signal. */
  async close(): Promise<void> {
    this.isClosed = true
    for (const reader of this.idle.splice(0)) reader.close()
    if (this.lent > 0) await new Promise<void>((resolve) => (this.onAllBack = resolve))
  }

  private async take(signal: AbortSignal): Promise<Reader> {
    signal.throwIfAborted()
    if (this.lent >= this.size) return this.nextBack(signal)
    const reader = this.idle.pop() ?? this.open()
    this.lent += 1
    return reader
  }

  private nextBack(signal: AbortSignal): Promise<Reader> {
    return new Promise<Reader>((resolve, reject) => {
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1)
        reject(signal.reason as Error)
      }
      const waiting: Waiting<Reader> = {
        resolve: (reader) => {
          signal.removeEventListener('abort', leave)
          resolve(reader)
        },
      }
      this.waiting.push(waiting)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  private giveBack(reader: Reader): void {
    const next = this.waiting.shift()
    if (next !== undefined) {
      next.resolve(reader)
      return
    }
    this.lent -= 1
    if (this.isClosed) reader.close()
    else this.idle.push(reader)
    if (this.lent === 0) this.onAllBack?.()
  }
}
