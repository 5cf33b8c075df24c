// What operators see of a server: the one place where logs, metrics, traces and the audit log come together.
import { setTimeout as wait } from 'node:timers/promises'
import { Registry, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import type { CallObserver, CallRecord, FollowedCall, TraceParent } from '../api/call-observer.js'
import type { Operation } from '../api/operation.js'
import type { AnswerRecord } from '../gateway/options.js'
import { LOG_LIMITS } from '../limits.js'
import type { StoreWatch } from '../task/store-watch.js'
import type { TaskStore } from '../task/task-store.js'
import { AuditLog, type AuditOutput } from './audit-log.js'
import { CallMetrics } from './call-metrics.js'
import { ObservedStore } from './observed-store.js'
import type { ProcessLog } from './process-log.js'
import { ProcessMetrics, type ProcessView } from './process-metrics.js'
import { RequestLog } from './request-log.js'
import { StoreMetrics } from './store-metrics.js'
import type { Tracing } from './tracing.js'

/** What a server is to be seen by. */
export interface SightParts extends ProcessLog {
  /** Of the program. */
  readonly version: string
  /** Undefined: no audit log. */
  readonly audit: AuditOutput | undefined
  /** Undefined: no traces. */
  readonly tracing: Tracing | undefined
}

/** Sees calls, the store and the process. */
export class Sight implements CallObserver {
  readonly storeWatch: StoreWatch
  private readonly parts: SightParts
  private readonly registry = new Registry()
  /** The metrics now, in the text format of Prometheus. */
  readonly metrics = {
    contentType: this.registry.contentType,
    text: (): Promise<string> => this.registry.metrics(),
    /** As data, for whoever adds up those of several processes. */
    values: (): Promise<MetricObjectWithValues<MetricValue<string>>[]> => this.registry.getMetricsAsJSON(),
  }
  private readonly calls = new CallMetrics(this.registry)
  private readonly store = new StoreMetrics(this.registry)
  private readonly process: ProcessMetrics
  private readonly requests: RequestLog
  private readonly audit: AuditLog | undefined
  /** Every call that is not traced: it is told nothing but its end. */
  private readonly followed: FollowedCall = { within: (work) => work(), end: (record) => this.ended(record) }
  private isReady = true

  /** Throws when the audit log cannot be opened. */
  constructor(parts: SightParts) {
    this.parts = parts
    const { version, audit, dropped, output: stdout } = parts
    this.requests = new RequestLog(parts.log)
    this.process = new ProcessMetrics(this.registry, version, dropped)
    const onFault = (error: Error): void => this.fault(error, 'audit')
    this.audit = audit && new AuditLog(audit, { registry: this.registry, stdout, onFault })
    this.storeWatch = {
      ...this.store.watch,
      onCommit: (events, kinds) => {
        this.store.committed(kinds)
        this.audit?.committed(events)
      },
    }
  }

  /** `store`, seen from now on. */
  observe(store: TaskStore): TaskStore {
    const { tracing } = this.parts
    this.audit?.follow(store)
    const measured = new ObservedStore(store, this.store)
    return tracing === undefined ? measured : new ObservedStore(measured, tracing)
  }

  /** Says from now on what `view` says. */
  show(view: ProcessView): void {
    this.process.show(view)
  }

  /** Says from now on how many workers serve, and counts those that end; it answers how to count one. */
  showWorkers(serving: () => number): () => void {
    return this.process.showWorkers(serving)
  }

  /** Writes lines of a worker: of its log, and of the audit log. */
  take({ log, audit }: { readonly log: readonly string[]; readonly audit: readonly string[] }): void {
    for (const line of log) this.parts.output.write(line)
    for (const line of audit) this.audit?.take(line)
  }

  begin(operation: Operation, parent: TraceParent | undefined): FollowedCall {
    this.calls.began(operation)
    const traced = this.parts.tracing?.begin(operation, parent)
    return traced === undefined ? this.followed : { within: (work) => traced.within(work), end: (record) => this.ended(record, traced) }
  }

  /** The gateway has answered. */
  answered(answer: AnswerRecord): void {
    this.calls.answered(answer)
  }

  /** Something failed that callers are told nothing about. */
  fault(error: unknown, where: string, requestId?: string): void {
    this.process.fault(where)
    this.parts.log.error({ err: error, where, requestId }, 'fault')
  }

  private ended(record: CallRecord, traced?: FollowedCall): void {
    this.calls.ended(record)
    this.requests.ended(record)
    this.audit?.called(record)
    traced?.end(record)
  }

  /** Whether the server can serve; a line says when that changes. */
  ready(isReady: boolean): void {
    this.process.isReady(isReady)
    if (isReady === this.isReady) return
    this.isReady = isReady
    if (isReady) this.parts.log.info('can serve again')
    else this.parts.log.warn('cannot serve: the store does not read and write in time')
  }

  /** Resolves when what has happened is written, after LOG_LIMITS.drainMs at most. Before the store closes. */
  async settle(): Promise<void> {
    this.requests.flush()
    const done = new AbortController()
    const late = wait(LOG_LIMITS.drainMs, undefined, { signal: done.signal }).catch(() => undefined)
    await Promise.race([Promise.all([this.audit?.drained(), this.parts.tracing?.stop()]), late])
    done.abort()
  }
}
