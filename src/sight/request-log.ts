// Which calls are worth a line of the log, and what it says. Nothing of what callers send is in it but names.
import type { Level, Logger } from 'pino'
import { Code, codeFromJSON, codeToNumber } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import { LOG_LIMITS } from '../limits.js'
import { RefusalCount } from './refusal-count.js'

/** Codes that say that something is wrong here, or that there is too much to do. */
const LEVELS: Readonly<Record<number, Level>> = {
  [codeToNumber(Code.UNKNOWN)]: 'error',
  [codeToNumber(Code.INTERNAL)]: 'error',
  [codeToNumber(Code.DATA_LOSS)]: 'error',
  [codeToNumber(Code.UNAVAILABLE)]: 'warn',
  [codeToNumber(Code.RESOURCE_EXHAUSTED)]: 'warn',
}

/**
 * Writes `error` for faults of ours, `warn` for denied calls, overload and outages, `info` for writes and for what took longer
 * than LOG_LIMITS.slowMs, `debug` for the rest: a line costs more than a read does. Of overload and outages one line a second is
 * written for each service instance and reason, and one that counts the others.
 */
export class RequestLog {
  private readonly log: Logger
  private readonly refusals: RefusalCount

  constructor(log: Logger) {
    this.log = log
    this.refusals = new RefusalCount((refused) => log.warn(refused, 'calls refused'))
  }

  /** A call has ended. */
  ended(record: CallRecord): void {
    const level = this.levelOf(record)
    if (!this.log.isLevelEnabled(level)) return
    const status = codeFromJSON(record.code)
    const { operation, callId, caller, instance, reason, durationMs } = record
    const ms = Math.round(durationMs * 100) / 100
    this.log[level]({ requestId: callId, caller, instance, method: operation.name, status, reason, ms }, 'call')
  }

  /** Writes what has been counted. */
  flush(): void {
    this.refusals.flush()
  }

  private levelOf(record: CallRecord): Level {
    const { operation, code, reason, isDenied, durationMs } = record
    if (isDenied) return 'warn'
    // Every stream ends so, sooner or later.
    if (reason === 'WATCH_ENDED') return 'debug'
    const isSlow = !operation.waits && durationMs > LOG_LIMITS.slowMs
    const level = LEVELS[code] ?? (operation.writes || isSlow ? 'info' : 'debug')
    return level === 'warn' && !this.refusals.isFirst(record) ? 'debug' : level
  }
}
