// Which calls are worth a line, and at which level.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { CallRecord } from '../../src/api/call-observer.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { LOG_LIMITS } from '../../src/limits.js'
import type { Reason } from '../../src/task/task-error.js'
import { logCall } from '../../src/sight/request-log.js'

const READ = { name: 'a/Get', waits: false, writes: false }
const WRITE = { name: 'a/Create', waits: false, writes: true }
const WAIT = { name: 'a/Wait', waits: true, writes: false }
const SLOW = LOG_LIMITS.slowMs + 1

interface Call extends Partial<CallRecord> {
  readonly status?: Code
  readonly reason?: Reason
}

function levelOf({ status = Code.OK, ...call }: Call): string {
  const lines: { level: number }[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line) as { level: number }) })
  const common = { operation: READ, callId: 'c', caller: 'x', instance: undefined, reason: undefined, isDenied: false, durationMs: 1 }
  logCall(log, { ...common, ...call, code: codeToNumber(status) })
  return lines.map(({ level }) => pino.levels.labels[level]).join(' ')
}

test.each<[string, Call, string]>([
  ['a read', {}, 'debug'],
  ['a slow read', { durationMs: SLOW }, 'info'],
  ['a read of nothing', { status: 'NOT_FOUND' }, 'debug'],
  ['a write', { operation: WRITE }, 'info'],
  ['a write that is refused', { operation: WRITE, status: 'FAILED_PRECONDITION' }, 'info'],
  ['a wait', { operation: WAIT, durationMs: 60_000 }, 'debug'],
  ['a stream that is old', { operation: WAIT, status: 'UNAVAILABLE', reason: 'WATCH_ENDED' }, 'debug'],
  ['a store that is away', { status: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' }, 'warn'],
  ['too much to do', { operation: WAIT, status: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_WAITING' }, 'warn'],
  ['who may not', { status: 'PERMISSION_DENIED', isDenied: true }, 'warn'],
  ['who may not, and hears of nothing', { status: 'NOT_FOUND', isDenied: true }, 'warn'],
  ['a fault', { status: 'INTERNAL', reason: 'INTERNAL_FAULT' }, 'error'],
])('%s', (_what, call, level) => expect(levelOf(call)).toBe(level))
