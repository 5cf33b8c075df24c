// Numbers about calls. Labels are names of methods, codes and reasons that the program knows: none grows with what callers send.
import { Counter, Gauge, type Registry } from 'prom-client'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import type { Operation } from '../api/operation.js'
import type { AnswerRecord } from '../gateway/options.js'
import { DurationHistogram } from './duration-histogram.js'

/** Seconds; from a read out of memory to the longest that a call may take. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

/** What was counted of one method: numbers that are added to at every call, and made into metrics when those are read. */
interface MethodTally {
  inFlight: number
  /** Calls that have ended, by number of the google.rpc.Code. */
  readonly ended: number[]
}

/** Counts calls and their answers. */
export class CallMetrics {
  private readonly methods = new Map<string, MethodTally & { readonly kind: Kind }>()
  /** Answers by path template, and then by HTTP status. */
  private readonly answers = new Map<string, Map<number, number>>()
  private readonly durations: DurationHistogram
  private readonly refused: Counter<'reason'>
  private readonly denied: Counter<'method'>

  constructor(registry: Registry) {
    const registers = [registry]
    countCalls(registers, this.methods)
    countAnswers(registers, this.answers)
    this.durations = new DurationHistogram(registry, {
      name: 'taskplane_call_duration_seconds',
      help: 'How long calls took that do not wait on purpose, by method',
      label: 'method',
      buckets: DURATIONS,
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
  }

  began(operation: Operation): void {
    this.tallyOf(operation).inFlight += 1
  }

  ended({ operation, code, reason, isDenied, durationMs }: CallRecord): void {
    const { name: method, waits } = operation
    const tally = this.tallyOf(operation)
    tally.inFlight -= 1
    tally.ended[code] = (tally.ended[code] ?? 0) + 1
    if (!waits) this.durations.observe(method, durationMs / 1000)
    if (code === RESOURCE_EXHAUSTED && reason !== undefined) this.refused.inc({ reason })
    if (isDenied) this.denied.inc({ method })
  }

  answered({ template = '', httpStatus }: AnswerRecord): void {
    let statuses = this.answers.get(template)
    if (statuses === undefined) {
      statuses = new Map()
      this.answers.set(template, statuses)
    }
    statuses.set(httpStatus, (statuses.get(httpStatus) ?? 0) + 1)
  }

  private tallyOf(operation: Operation): MethodTally {
    const known = this.methods.get(operation.name)
    if (known !== undefined) return known
    const tally = { kind: kindOf(operation), inFlight: 0, ended: [] }
    this.methods.set(operation.name, tally)
    return tally
  }
}

function countCalls(registers: Registry[], methods: ReadonlyMap<string, MethodTally & { readonly kind: Kind }>): void {
  new Counter({
    name: 'taskplane_calls_total',
    help: 'Calls that have ended, by method and google.rpc.Code',
    labelNames: ['method', 'code'],
    registers,
    collect() {
      this.reset()
      for (const [method, { ended }] of methods) {
        for (const [code, calls] of ended.entries()) if (calls > 0) this.inc({ method, code: codeFromJSON(code) }, calls)
      }
    },
  })
  new Gauge({
    name: 'taskplane_calls_in_flight',
    help: 'Calls that run now: reads, writes, and those that wait on purpose',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const { kind, inFlight } of methods.values()) this.inc({ kind }, inFlight)
    },
  })
}

function countAnswers(registers: Registry[], answers: ReadonlyMap<string, ReadonlyMap<number, number>>): void {
  new Counter({
    name: 'taskplane_http_answers_total',
    help: 'Answers of the REST gateway, by path template (empty for no route) and HTTP status',
    labelNames: ['route', 'status'],
    registers,
    collect() {
      this.reset()
      for (const [route, statuses] of answers) for (const [status, count] of statuses) this.inc({ route, status: String(status) }, count)
    },
  })
}

type Kind = 'wait' | 'write' | 'read'

function kindOf({ waits, writes }: Operation): Kind {
  if (waits) return 'wait'
  return writes ? 'write' : 'read'
}

/** Number of the google.rpc.Code. */
const RESOURCE_EXHAUSTED = 8
