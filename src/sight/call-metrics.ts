// Numbers about calls. Labels are names of methods, codes and reasons that the program knows: none grows with what callers send.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import type { Operation } from '../api/operation.js'
import type { AnswerRecord } from '../gateway/options.js'

/** Seconds; from a read out of memory to the longest that a call may take. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

/** Counts calls and their answers. */
export class CallMetrics {
  private readonly calls: Counter<'method' | 'code'>
  private readonly durations: Histogram<'method'>
  private readonly inFlight: Gauge<'kind'>
  private readonly refused: Counter<'reason'>
  private readonly denied: Counter<'method'>
  private readonly answers: Counter<'route' | 'status'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.calls = new Counter({
      name: 'taskplane_calls_total',
      help: 'Calls that have ended, by method and google.rpc.Code',
      labelNames: ['method', 'code'],
      registers,
    })
    this.durations = new Histogram({
      name: 'taskplane_call_duration_seconds',
      help: 'How long calls took that do not wait on purpose, by method',
      labelNames: ['method'],
      buckets: DURATIONS,
      registers,
    })
    this.inFlight = new Gauge({
      name: 'taskplane_calls_in_flight',
      help: 'Calls that run now: reads, writes, and those that wait on purpose',
      labelNames: ['kind'],
      registers,
    })
    this.refused = new Counter({
      name: 'taskplane_calls_refused_total',
      help: 'Calls that were refused because there was too much to do, by reason',
      labelNames: ['reason'],
      registers,
    })
    this.denied = new Counter({
      name: 'taskplane_calls_denied_total',
      help: 'Calls that were refused because of who made them, by method',
      labelNames: ['method'],
      registers,
    })
    this.answers = new Counter({
      name: 'taskplane_http_answers_total',
      help: 'Answers of the REST gateway, by path template (empty for no route) and HTTP status',
      labelNames: ['route', 'status'],
      registers,
    })
  }

  began(operation: Operation): void {
    this.inFlight.inc({ kind: kindOf(operation) })
  }

  ended({ operation, code, reason, isDenied, durationMs }: CallRecord): void {
    const { name: method, waits } = operation
    const status = codeFromJSON(code)
    this.inFlight.dec({ kind: kindOf(operation) })
    this.calls.inc({ method, code: status })
    if (!waits) this.durations.observe({ method }, durationMs / 1000)
    if (status === 'RESOURCE_EXHAUSTED' && reason !== undefined) this.refused.inc({ reason })
    if (isDenied) this.denied.inc({ method })
  }

  answered({ template = '', httpStatus }: AnswerRecord): void {
    this.answers.inc({ route: template, status: String(httpStatus) })
  }
}

function kindOf({ waits, writes }: Operation): string {
  if (waits) return 'wait'
  return writes ? 'write' : 'read'
}
