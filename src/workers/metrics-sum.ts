// The metrics of several processes as those of one server: added up, but for what says itself how it is to be put together.
import { AggregatorRegistry } from 'prom-client'
import type { MetricsSource } from '../http/admin-app.js'
import { WORKER_LIMITS } from '../limits.js'
import type { Metrics } from './messages.js'

/** A process that can be asked for its metrics. */
export interface MeasuredProcess {
  ask(question: 'metrics'): Promise<Metrics>
}

/** Adds up metrics. */
export class MetricsSum implements MetricsSource {
  readonly contentType: string
  private readonly own: () => Promise<Metrics>
  private readonly processes: () => readonly MeasuredProcess[]
  private readonly last = new Map<MeasuredProcess, Metrics>()
  /** What those have counted that have ended: a sum that falls would look like the restart of everything. */
  private past: Metrics = []

  /** `own`: of this process. `processes`: the others there are now. */
  constructor(contentType: string, own: () => Promise<Metrics>, processes: () => readonly MeasuredProcess[]) {
    this.contentType = contentType
    this.own = own
    this.processes = processes
  }

  /** In the text format of Prometheus. Who does not answer within WORKER_LIMITS.metricsMs counts with its last ones. */
  async text(): Promise<string> {
    const own = await this.own()
    const others = await Promise.all(this.processes().map((process) => this.valuesOf(process)))
    return AggregatorRegistry.aggregate([own, this.past, ...others]).metrics()
  }

  /** Keeps what `process`, which has ended, had counted when it was last asked. */
  retire(process: MeasuredProcess): void {
    const last = this.last.get(process) ?? []
    this.last.delete(process)
    const counted = last.filter(({ type }) => COUNTING.has(String(type)))
    // What an aggregated registry has is the metrics themselves.
    this.past = AggregatorRegistry.aggregate([this.past, counted]).getMetricsAsArray() as unknown as Metrics
  }

  private async valuesOf(process: MeasuredProcess): Promise<Metrics> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Too late')), WORKER_LIMITS.metricsMs)
    })
    try {
      const values = await Promise.race([process.ask('metrics'), late])
      this.last.set(process, values)
      return values
    } catch {
      return this.last.get(process) ?? []
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Kinds of metrics that only grow. */
const COUNTING: ReadonlySet<string> = new Set(['counter', 'histogram'])
