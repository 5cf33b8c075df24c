// Which calls are worth a line of the log, and what it says. Nothing of what callers send is in it but names.
import type { Level, Logger } from 'pino'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import { LOG_LIMITS } from '../limits.js'

/** Codes that say that something is wrong here, or that there is too much to do. */
const LEVELS: Readonly<Record<string, Level>> = {
  UNKNOWN: 'error',
  INTERNAL: 'error',
  DATA_LOSS: 'error',
  UNAVAILABLE: 'warn',
  RESOURCE_EXHAUSTED: 'warn',
}

/**
 * `error` for faults of ours, `warn` for denied calls, overload and outages, `info` for writes and for what took longer than
 * LOG_LIMITS.slowMs, `debug` for the rest: a line costs more than a read does.
 */
export function logCall(log: Logger, record: CallRecord): void {
  const status = codeFromJSON(record.code)
  const level = levelOf(record, status)
  if (!log.isLevelEnabled(level)) return
  const { operation, callId, caller, instance, reason, durationMs } = record
  const ms = Math.round(durationMs * 100) / 100
  log[level]({ requestId: callId, caller, instance, method: operation.name, status, reason, ms }, 'call')
}

function levelOf({ operation, reason, isDenied, durationMs }: CallRecord, status: string): Level {
  const { waits, writes } = operation
  if (isDenied) return 'warn'
  // Every stream ends so, sooner or later.
  if (reason === 'WATCH_ENDED') return 'debug'
  const isSlow = !waits && durationMs > LOG_LIMITS.slowMs
  return LEVELS[status] ?? (writes || isSlow ? 'info' : 'debug')
}
