// A histogram of durations by one label that costs next to nothing to add to: the ones of prom-client look their labels up
// by a text that they make of them each time.
import type { Metric, Registry } from 'prom-client'

/** What a histogram is of. */
export interface DurationHistogramParts {
  readonly name: string
  readonly help: string
  readonly label: string
  /** Upper bounds in seconds, ascending. */
  readonly buckets: readonly number[]
}

interface Series {
  /** Durations in each bucket, and beyond the last. */
  readonly counts: number[]
  sum: number
}

/** Counts durations; read by its registry. */
export class DurationHistogram {
  private readonly parts: DurationHistogramParts
  private readonly series = new Map<string, Series>()

  constructor(registry: Registry, parts: DurationHistogramParts) {
    this.parts = parts
    // All that a registry asks of a metric are its name and what it answers to `get`.
    const metric = { name: parts.name, get: () => Promise.resolve(this.read()), reset: () => this.series.clear() }
    registry.registerMetric(metric as unknown as Metric)
  }

  /** Adds one. `value` of the label must be one of few. */
  observe(value: string, seconds: number): void {
    const { buckets } = this.parts
    let series = this.series.get(value)
    if (series === undefined) {
      series = { counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 }
      this.series.set(value, series)
    }
    let bucket = 0
    while (bucket < buckets.length && seconds > (buckets[bucket] ?? Infinity)) bucket += 1
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += seconds
  }

  private read(): unknown {
    const { name, help } = this.parts
    const values = [...this.series].flatMap(([value, series]) => this.valuesOf(value, series))
    return { name, help, type: 'histogram', values, aggregator: 'sum' }
  }

  private valuesOf(value: string, { counts, sum }: Series): unknown[] {
    const { name, label, buckets } = this.parts
    const labels = { [label]: value }
    let count = 0
    const bounds = [...buckets, '+Inf'].map((le, bucket) => {
      count += counts[bucket] ?? 0
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count, exemplar: null }
    })
    return [...bounds, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }]
  }
}
