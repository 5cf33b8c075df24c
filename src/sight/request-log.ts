// Which calls are worth a line of the log, and what it says. Nothing of what callers send is in it but names.
import type { Level, Logger } from 'pino'
import { Code, codeFromJSON, codeToNumber } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import { LOG_LIMITS } from '../limits.js'

/** Codes that say that something is wrong here, or that there is too much to do. */
const LEVELS: Readonly<Record<number, Level>> = {
  [codeToNumber(Code.UNKNOWN)]: 'error',
  [codeToNumber(Code.INTERNAL)]: 'error',
  [codeToNumber(Code.DATA_LOSS)]: 'error',
  [codeToNumber(Code.UNAVAILABLE)]: 'warn',
  [codeToNumber(Code.RESOURCE_EXHAUSTED)]: 'warn',
}

/**
 * `error` for faults of ours, `warn` for denied calls, overload and outages, `info` for writes and for what took longer than
 * LOG_LIMITS.slowMs, `debug` for the rest: a line costs more than a read does.
 */
export function logCall(log: Logger, record: CallRecord): void {
  const level = levelOf(record)
  if (!log.isLevelEnabled(level)) return
  const status = codeFromJSON(record.code)
  const { operation, callId, caller, instance, reason, durationMs } = record
  const ms = Math.round(durationMs * 100) / 100
  log[level]({ requestId: callId, caller, instance, method: operation.name, status, reason, ms }, 'call')
}

function levelOf({ operation, code, reason, isDenied, durationMs }: CallRecord): Level {
  const { waits, writes } = operation
  if (isDenied) return 'warn'
  // Every stream ends so, sooner or later.
  if (reason === 'WATCH_ENDED') return 'debug'
  const isSlow = !waits && durationMs > LOG_LIMITS.slowMs
  return LEVELS[code] ?? (writes || isSlow ? 'info' : 'debug')
}
