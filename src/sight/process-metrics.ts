// Numbers about the process: what it is, what it holds, what went wrong.
import { collectDefaultMetrics, Counter, Gauge, type Registry } from 'prom-client'
import { addSampledGauge } from './sampled-gauge.js'

/** What is asked for when somebody looks. */
export interface ProcessView {
  /** Calls that wait and streams that watch now. */
  readonly load: () => { readonly waiters: number; readonly watchers: number }
  /** Connections now, by port. */
  readonly connections: () => Readonly<Record<string, number>>
}

/** Counts what happens to the process as a whole. */
export class ProcessMetrics {
  private readonly registry: Registry
  private readonly faults: Counter<'where'>
  private readonly ready: Gauge

  /** `version`: of the program. `droppedLines`: of its log. */
  constructor(registry: Registry, version: string, droppedLines: () => number) {
    this.registry = registry
    const registers = [registry]
    collectDefaultMetrics({ register: registry })
    this.faults = new Counter({
      name: 'taskplane_faults_total',
      help: 'Faults of the server that callers are told nothing about, by where they were',
      labelNames: ['where'],
      registers,
    })
    this.ready = new Gauge({
      name: 'taskplane_ready',
      help: 'Whether the server could serve when it was last tried',
      aggregator: 'max',
      registers,
    })
    new Gauge({
      name: 'taskplane_build_info',
      help: 'Always 1; what runs, in its labels',
      labelNames: ['version', 'node'],
      aggregator: 'first',
      registers,
    }).set({ version, node: process.version }, 1)
    addSampledGauge(registry, 'taskplane_log_lines_dropped', 'Lines of the log that were lost because nobody took them', droppedLines)
  }

  fault(where: string): void {
    this.faults.inc({ where })
  }

  isReady(ready: boolean): void {
    this.ready.set(ready ? 1 : 0)
  }

  /** Says from now on how many workers serve; it answers how to count one that has ended unasked. */
  showWorkers(serving: () => number): () => void {
    const { registry } = this
    addSampledGauge(registry, 'taskplane_workers', 'Workers that serve, of those that --workers asks for', serving)
    const ended = new Counter({ name: 'taskplane_workers_ended_total', help: 'Workers that have ended unasked, and were replaced', registers: [registry] })
    return () => ended.inc()
  }

  /** Says from now on what `view` says. */
  show({ load, connections }: ProcessView): void {
    const { registry } = this
    addSampledGauge(registry, 'taskplane_waiters', 'Calls that wait for the end of a task', () => load().waiters)
    addSampledGauge(registry, 'taskplane_watchers', 'Streams that watch', () => load().watchers)
    new Gauge({
      name: 'taskplane_connections',
      help: 'Open connections, by port',
      labelNames: ['port'],
      registers: [registry],
      collect() {
        for (const [port, count] of Object.entries(connections())) this.set({ port }, count)
      },
    })
  }
}
