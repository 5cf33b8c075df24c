// The server's clock, as its answers tell it: what it says of leases and ages is of its time, and the reader's clock may be wrong.

/** Milliseconds by which clocks have to differ before they are believed to: answers tell whole seconds, and take their time. */
const TOLERANCE_MS = 3000

/** The time where the server is. */
export class ServerClock {
  private offsetMs = 0

  /** Milliseconds as of Date.now(). */
  readonly now = (): number => Date.now() + this.offsetMs

  /** Takes the `Date` of an answer that has just come. */
  hear(date: string | null): void {
    const offsetMs = Date.parse(date ?? '') - Date.now()
    if (!Number.isNaN(offsetMs)) this.offsetMs = Math.abs(offsetMs) > TOLERANCE_MS ? offsetMs : 0
  }
}
