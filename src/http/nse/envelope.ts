// What every answer of the jobs API looks like, and what `result` is in each kind of answer.
import type { Job } from './job.js'

/** An answer. */
export interface Envelope {
  readonly status: {
    /** For people who use the API: what became of the request. */
    readonly user_message: string
    /** For who writes its callers: what is wrong, or what the answer leaves out; mostly ''. */
    readonly verbose_message: string
    /** The HTTP status. */
    readonly code: number
  }
  readonly result: ListResult | GetResult | AcceptedResult | Readonly<Record<string, never>>
}

/** A part of a list. */
export interface ListResult {
  readonly returned_records: number
  /** Jobs of the whole list. */
  readonly total_records: number
  readonly sort_by: 'created' | 'updated'
  readonly order_by: 'asc' | 'desc'
  readonly offset: number
  readonly limit: number
  readonly records: readonly Job[]
}

/** One job. */
interface GetResult {
  readonly total_records: number
  readonly records: readonly [Job]
}

/** A job that has just been recorded. */
interface AcceptedResult {
  readonly returned_records: number
  readonly records: readonly [Job]
}

/** The answer to a list; `verbose` says what it leaves out. */
export function listEnvelope(result: ListResult, verbose: string): Envelope {
  return envelope(200, `Okay. ${returned(result.records.length)}`, { verbose, result })
}

/** The answer to a get. */
export function getEnvelope(job: Job, verbose: string): Envelope {
  return envelope(200, `Okay. ${returned(1)}`, { verbose, result: { total_records: 1, records: [job] } })
}

/** The answer to who has recorded a job. */
export function acceptedEnvelope(job: Job): Envelope {
  return envelope(202, 'Okay. Accepted for processing.', { verbose: '', result: { returned_records: 1, records: [job] } })
}

/** The answer to a request that was refused or failed. */
export function errorEnvelope(code: number, message: string, verbose: string): Envelope {
  return envelope(code, message, { verbose, result: {} })
}

function envelope(code: number, message: string, { verbose, result }: { verbose: string; result: Envelope['result'] }): Envelope {
  return { status: { user_message: message, verbose_message: verbose, code }, result }
}

function returned(count: number): string {
  return `Returned ${count} ${count === 1 ? 'record' : 'records'}.`
}
