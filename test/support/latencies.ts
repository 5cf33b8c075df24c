// How long calls took.
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds of calls, and which of them failed. */
export interface Latencies {
  readonly calls: number
  /** How often each code came; OK is not among them. */
  readonly failures: Readonly<Record<string, number>>
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Gathers calls. */
export class LatencyRecorder {
  private readonly ms: number[] = []
  private readonly failures: Record<string, number> = {}

  /** Measures `call`; what it rejects with is counted by its `code`. */
  async measure(call: () => Promise<unknown>): Promise<void> {
    const began = performance.now()
    try {
      await call()
    } catch (error) {
      const { code = 'UNKNOWN' } = error as { readonly code?: string }
      this.failures[code] = (this.failures[code] ?? 0) + 1
    }
    this.add(performance.now() - began)
  }

  /** Counts a call that took so many milliseconds. */
  add(ms: number): void {
    this.ms.push(ms)
  }

  get latencies(): Latencies {
    const sorted = [...this.ms].sort((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0
    return { calls: sorted.length, failures: this.failures, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
  }
}

/** The one in the middle by its p99, of one or more: what else a machine does falls on some of several measurements only. */
export function middleOf(measured: readonly Latencies[]): Latencies {
  const [first = NOTHING_MEASURED, ...others] = measured
  const sorted = [first, ...others].sort((a, b) => a.p99 - b.p99)
  return sorted[Math.trunc(sorted.length / 2)] ?? first
}

const NOTHING_MEASURED: Latencies = { calls: 0, failures: {}, p50: NaN, p95: NaN, p99: NaN, max: NaN }

/** How many make calls one after the other, with pauses, and for how long. */
export interface Turns {
  readonly workers: number
  readonly pauseMs: number
  readonly ms: number
}

/** Lets workers make `call`. */
export async function inTurns({ workers, pauseMs, ms }: Turns, call: () => Promise<unknown>): Promise<Latencies> {
  const recorder = new LatencyRecorder()
  const endsAt = performance.now() + ms
  const work = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      await recorder.measure(call)
      await wait(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return recorder.latencies
}
