// A timer that can be started again.

/** Calls `onTime` once, `ms` milliseconds after the last start; the first start is at its making. */
export class Timer {
  private readonly ms: number
  private readonly onTime: () => void
  private running: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, onTime: () => void) {
    this.ms = ms
    this.onTime = onTime
    this.restart()
  }

  restart(): void {
    clearTimeout(this.running)
    this.running = setTimeout(this.onTime, this.ms)
  }

  stop(): void {
    clearTimeout(this.running)
  }
}
