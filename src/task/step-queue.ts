// Shares the event loop among long reads: their steps run in turn, a few milliseconds of them in each turn of the loop.
import { LIST_LIMITS } from '../limits.js'

type Step = () => void

/** Runs steps first come, first served. */
export class StepQueue {
  private readonly steps: Step[] = []
  private readonly now: () => number
  private isRunning = false

  /** `now`: milliseconds on a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** What `step` answers or throws, once its turn has come. A step whose `signal` has aborted by then is not run. */
  run<T>(step: () => T, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve) => {
      const runNow = (answer: (value: T) => void): void => {
        signal.throwIfAborted()
        answer(step())
      }
      // The inner promise runs the step at once, and takes what it throws.
      this.steps.push(() => resolve(new Promise<T>(runNow)))
      this.schedule()
    })
  }

  private schedule(): void {
    if (this.isRunning || this.steps.length === 0) return
    this.isRunning = true
    setImmediate(() => this.turn())
  }

  private turn(): void {
    const end = this.now() + LIST_LIMITS.stepTurnMs
    do this.steps.shift()?.()
    while (this.steps.length > 0 && this.now() < end)
    this.isRunning = false
    this.schedule()
  }
}
