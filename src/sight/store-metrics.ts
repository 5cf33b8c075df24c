// Numbers about the store and its work.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { KindCounts, StoreWatch } from '../task/store-watch.js'
import { TaskError } from '../task/task-error.js'
import type { Soon } from '../base/soon.js'
import type { PurgeCount } from '../task/task-store.js'
import { DurationHistogram } from './duration-histogram.js'
import type { StoreObserver, StoreOperation } from './observed-store.js'

/** Seconds; from a read out of memory to a disk that hangs. */
const DURATIONS = [0.000025, 0.0001, 0.00025, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** Writes in a batch, up to STORE_LIMITS.groupCommit. */
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** Counts what a store does. */
export class StoreMetrics implements StoreObserver {
  readonly watch: Omit<StoreWatch, 'onCommit'>
  private readonly durations: DurationHistogram
  private readonly failures: Counter<'operation'>
  private readonly up: Gauge
  private readonly events: Counter<'kind'>
  private readonly purged: Counter<'what'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.durations = new DurationHistogram(registry, {
      name: 'taskplane_store_operation_duration_seconds',
      help: 'How long operations of the store took, waiting included, by operation',
      label: 'operation',
      buckets: DURATIONS,
    })
    this.failures = new Counter({
      name: 'taskplane_store_operation_failures_total',
      help: 'Operations that the store failed to do; refusals by the rules are none',
      labelNames: ['operation'],
      registers,
    })
    this.up = new Gauge({
      name: 'taskplane_store_up',
      help: 'Whether the store could read and write when it was last tried',
      aggregator: 'max',
      registers,
    })
    this.events = new Counter({
      name: 'taskplane_task_events_total',
      help: 'Events that this process has committed, by kind; LEASE_EXPIRED and EXPIRED happen by themselves',
      labelNames: ['kind'],
      registers,
    })
    this.purged = new Counter({
      name: 'taskplane_purged_rows_total',
      help: 'Rows past their time that were removed: request ids, events, tasks',
      labelNames: ['what'],
      registers,
    })
    this.watch = batchMetrics(registers)
  }

  committed(kinds: KindCounts): void {
    for (const [kind, events] of Object.entries(kinds)) this.events.inc({ kind }, events)
  }

  operate<T extends Soon<unknown>>(operation: StoreOperation, work: () => T): T {
    const began = performance.now()
    let answer: T
    try {
      answer = work()
    } catch (error) {
      this.failed(operation, began, error)
      throw error
    }
    if (answer instanceof Promise) {
      const failed = (error: unknown): void => this.failed(operation, began, error)
      answer.then((result: unknown) => this.succeeded(operation, began, result), failed)
    } else this.succeeded(operation, began, answer)
    return answer
  }

  private succeeded(operation: StoreOperation, began: number, result: unknown): void {
    if (operation === 'check') this.up.set(1)
    if (operation === 'purge') this.count(result as PurgeCount)
    this.took(operation, began)
  }

  private failed(operation: StoreOperation, began: number, error: unknown): void {
    if (isFailure(error)) this.failures.inc({ operation })
    if (operation === 'check') this.up.set(0)
    this.took(operation, began)
  }

  private took(operation: StoreOperation, began: number): void {
    this.durations.observe(operation, (performance.now() - began) / 1000)
  }

  private count({ requests, events, tasks }: PurgeCount): void {
    for (const [what, rows] of Object.entries({ request: requests, event: events, task: tasks })) this.purged.inc({ what }, rows)
  }
}

function batchMetrics(registers: Registry[]): StoreMetrics['watch'] {
  const waiting = new Gauge({ name: 'taskplane_store_writes_waiting', help: 'Writes that wait for their answer', registers })
  const sizes = new Histogram({ name: 'taskplane_store_batch_writes', help: 'Writes in one transaction', buckets: BATCHES, registers })
  const durations = new Histogram({
    name: 'taskplane_store_batch_duration_seconds',
    help: 'How long a transaction took, from being sent to the writer to being on disk',
    buckets: DURATIONS,
    registers,
  })
  return {
    onBatch({ writes, ms }) {
      sizes.observe(writes)
      durations.observe(ms / 1000)
    },
    onQueue: (writes) => waiting.set(writes),
  }
}

/** Whether the store is to blame; a caller that leaves, or a rule that is broken, is not. */
function isFailure(error: unknown): boolean {
  return !(error instanceof TaskError) || error.reason === 'STORE_UNAVAILABLE' || error.reason === 'STORE_FULL'
}
