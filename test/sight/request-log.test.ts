// Which calls are worth a line, and at which level.
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { CallRecord } from '../../src/api/call-observer.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { LOG_LIMITS } from '../../src/limits.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import type { Reason } from '../../src/task/task-error.js'
import { RequestLog } from '../../src/sight/request-log.js'

const READ = { name: 'a/Get', waits: false, writes: false }
const WRITE = { name: 'a/Create', waits: false, writes: true }
const WAIT = { name: 'a/Wait', waits: true, writes: false }
const SLOW = LOG_LIMITS.slowMs + 1

interface Call extends Partial<CallRecord> {
  readonly status?: Code
  readonly reason?: Reason
}

interface Line extends Partial<Record<string, unknown>> {
  readonly level: number
}

/** A log of calls, and the lines that it has. */
function openLog(level: string): { readonly lines: Line[]; readonly requests: RequestLog; readonly end: (call: Call) => void } {
  const lines: Line[] = []
  const requests = new RequestLog(pino({ level, base: null, timestamp: false }, { write: (line: string) => lines.push(JSON.parse(line) as Line) }))
  const common = { operation: READ, callId: 'c', caller: 'x', instance: undefined, reason: undefined, isDenied: false, durationMs: 1 }
  return { lines, requests, end: ({ status = Code.OK, ...call }) => requests.ended({ ...common, ...call, code: codeToNumber(status) }) }
}

function levelOf(call: Call): string {
  const { lines, requests, end } = openLog('debug')
  end(call)
  requests.flush()
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

const instance = (name: string): InstanceId => name as InstanceId
const TOO_MANY: Call = { status: Code.RESOURCE_EXHAUSTED, reason: 'TOO_MANY_CALLS', instance: instance('vdc-1') }
const AWAY: Call = { status: Code.UNAVAILABLE, reason: 'STORE_UNAVAILABLE', instance: instance('vdc-1') }

/** What a line says of a refusal, or of how many there were. */
const told = ({ msg, instance: of, reason, calls }: Line): unknown[] => [msg, of, reason, calls]

test('of refusals of a kind the first has a line, and one a second says how many followed', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { lines, end } = openLog('info')
  for (const call of [TOO_MANY, TOO_MANY, AWAY, TOO_MANY, { ...TOO_MANY, instance: instance('vdc-2') }]) end(call)
  vi.advanceTimersByTime(LOG_LIMITS.refusalsMs - 1)
  expect(lines.map(told)).toEqual([
    ['call', 'vdc-1', 'TOO_MANY_CALLS', undefined],
    ['call', 'vdc-1', 'STORE_UNAVAILABLE', undefined],
    ['call', 'vdc-2', 'TOO_MANY_CALLS', undefined],
  ])
  vi.advanceTimersByTime(1)
  expect(lines.slice(3).map(told)).toEqual([['calls refused', 'vdc-1', 'TOO_MANY_CALLS', 2]])
  end(TOO_MANY)
  expect(lines.slice(4).map(told)).toEqual([['call', 'vdc-1', 'TOO_MANY_CALLS', undefined]])
})

test('at debug every refusal has its line, and every denied call has one anyway', () => {
  const debug = openLog('debug')
  for (const call of [TOO_MANY, TOO_MANY]) debug.end(call)
  expect(debug.lines.map(({ level }) => pino.levels.labels[level])).toEqual(['warn', 'debug'])
  const info = openLog('info')
  const denied: Call = { status: Code.PERMISSION_DENIED, reason: 'ROLE_MISSING', isDenied: true }
  for (const call of [denied, denied]) info.end(call)
  expect(info.lines).toHaveLength(2)
})

test('instances beyond the limit are counted together', () => {
  const { lines, requests, end } = openLog('info')
  const refuse = (number: number): void => end({ ...TOO_MANY, instance: instance(`vdc-${number}`) })
  for (let number = 0; number < LOG_LIMITS.refusalKinds; number += 1) refuse(number)
  expect(lines).toHaveLength(LOG_LIMITS.refusalKinds)
  for (const number of [0, 5000, 5001]) refuse(number)
  requests.flush()
  expect(lines.slice(LOG_LIMITS.refusalKinds).map(told)).toEqual([
    ['calls refused', 'vdc-0', 'TOO_MANY_CALLS', 1],
    ['calls refused', undefined, 'TOO_MANY_CALLS', 2],
  ])
})
