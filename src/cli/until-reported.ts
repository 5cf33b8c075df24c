// Brings a report to the server, however long that is away, within a bound.
import { setTimeout as wait } from 'node:timers/promises'
import type { Task_Status } from '../../gen/openshift/v1/task.js'
import { CallError } from '../client/call-error.js'

/** Milliseconds: how long a report is repeated, and how long it waits before it is, doubling from the first to the longest wait. */
export const REPORT_TIMES = { giveUpAfterMs: 5 * 60_000, firstWaitMs: 250, longestWaitMs: 5000 } as const

/** Reasons for which nothing was written, and that pass. */
const PASSING: ReadonlySet<string> = new Set(['WRITE_QUEUE_FULL', 'STORE_FULL'])
/** Codes after which nobody knows whether the report arrived; CANCELLED is a connection that ended. */
const UNCERTAIN: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED'])

export interface ReportOptions {
  /** Statuses of the task that show that the report arrived, when its repetition is refused for one of them. */
  readonly arrived: readonly Task_Status[]
  /** Ends the waiting; the report has failed then. */
  readonly signal: AbortSignal
  /** Hears of the first failure that is not the last. */
  readonly onDelay?: (error: CallError) => void
  readonly times?: Readonly<Record<keyof typeof REPORT_TIMES, number>>
}

/** Makes the report until it arrives. Rejects with its error when that does not pass, or not in time. */
export async function untilReported(report: () => Promise<void>, options: ReportOptions): Promise<void> {
  const { arrived, signal, onDelay, times = REPORT_TIMES } = options
  const giveUpAt = performance.now() + times.giveUpAfterMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      await report()
      return
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (attempt > 1 && isRefusedIn(error, arrived)) return
      const waitMs = Math.max(error.retryDelayMs, Math.min(times.firstWaitMs * 2 ** (attempt - 1), times.longestWaitMs))
      if (!mayPass(error) || signal.aborted || performance.now() + waitMs > giveUpAt) throw error
      if (attempt === 1) onDelay?.(error)
      await wait(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Whether `error` says that the task is in one of `statuses`, which does not allow what was asked. */
export function isRefusedIn(error: unknown, statuses: readonly Task_Status[]): boolean {
  if (!(error instanceof CallError) || error.reason !== 'STATUS_NOT_ALLOWED') return false
  return statuses.some((status) => status === error.metadata['status'])
}

function mayPass({ code, reason }: CallError): boolean {
  return UNCERTAIN.has(code) || PASSING.has(reason)
}
