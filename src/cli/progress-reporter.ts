// Reports progress without ever holding up the work: one report at a time, and of those that wait only the last.
import { setTimeout as wait } from 'node:timers/promises'
import type { ProgressLine } from './progress-lines.js'

/** Milliseconds between two reports. */
const INTERVAL_MS = 250

/** Sends the latest progress with `send`; a report that fails is forgotten, the next one says more. */
export class ProgressReporter {
  private readonly send: (line: ProgressLine) => Promise<unknown>
  private readonly intervalMs: number
  private latest: ProgressLine | undefined
  private sending: Promise<void> | undefined
  private readonly stopped = new AbortController()

  constructor(send: (line: ProgressLine) => Promise<unknown>, intervalMs = INTERVAL_MS) {
    this.send = send
    this.intervalMs = intervalMs
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
      await wait(this.intervalMs, undefined, { signal: this.stopped.signal }).catch(() => undefined)
    }
    this.sending = undefined
  }

  private take(): ProgressLine | undefined {
    const line = this.latest
    this.latest = undefined
    return line
  }
}
