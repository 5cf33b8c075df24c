// Reports progress without ever holding up the work: one report at a time, and of those that wait only the last.
import type { ProgressLine } from './progress-lines.js'

/** Milliseconds between two reports. */
const INTERVAL_MS = 250

/** Sends the latest progress with `send`; a report that fails is forgotten, the next one says more. */
export class ProgressReporter {
  private readonly send: (line: ProgressLine) => Promise<unknown>
  private latest: ProgressLine | undefined
  private sending: Promise<void> | undefined
  private readonly stopped = new AbortController()

  constructor(send: (line: ProgressLine) => Promise<unknown>) {
    this.send = send
  }

  /** Takes the next progress. */
  report(line: ProgressLine): void {
    this.latest = line
    this.sending ??= this.sendAll()
  }

  /** Sends what waits, then resolves. Nothing is sent after that. */
  async flush(): Promise<void> {
    this.stopped.abort()
    await this.sending
  }

  private async sendAll(): Promise<void> {
    for (let line = this.take(); line !== undefined; line = this.take()) {
      await this.send(line).catch(() => undefined)
      await pause(this.stopped.signal)
    }
    this.sending = undefined
  }

  private take(): ProgressLine | undefined {
    const line = this.latest
    this.latest = undefined
    return line
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const timer = setTimeout(resolve, INTERVAL_MS)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
