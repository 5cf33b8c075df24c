// How fast something goes when so many ask for it at once.

/** What was measured. */
export interface Pace {
  readonly perSecond: number
  /** Milliseconds of one call. */
  readonly p50: number
  readonly p99: number
}

/** Lets `callers` do `work` one after the other for `ms`, after a tenth of it to warm up. `work` hears which caller it is. */
export async function paceOf(callers: number, ms: number, work: (caller: number) => Promise<unknown>): Promise<Pace> {
  await turns(callers, ms / 10, work)
  const begin = performance.now()
  const latencies = await turns(callers, ms, work)
  const seconds = (performance.now() - begin) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) }
}

async function turns(callers: number, ms: number, work: (caller: number) => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = []
  const endsAt = performance.now() + ms
  const call = async (caller: number): Promise<void> => {
    while (performance.now() < endsAt) {
      const begin = performance.now()
      await work(caller)
      latencies.push(performance.now() - begin)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  return latencies
}
