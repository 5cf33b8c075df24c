// Reads the limits that a server is started with: `NAME=VALUE`, with commas between, each within its range.
import { limitValues, type LimitValues } from '../set-limits.js'

/** The longest time that a timer takes (setTimeout). */
const MAX_TIMER_MS = 2 ** 31 - 1

interface Bound {
  readonly name: string
  readonly value: number
  /** Why not more, or less. */
  readonly reason: string
}

/** The highest values that the code or its clients can live with. Other times end where timers do, other numbers at 2^31 - 1. */
const HIGHEST: readonly Bound[] = [
  { name: 'grpc.receiveBytes', value: 4 * 1024 * 1024, reason: 'each of many calls holds that much' },
  { name: 'message.depth', value: 100, reason: 'protobuf runtimes stop there' },
  { name: 'list.filterDepth', value: 64, reason: 'each takes a level of the stack' },
  { name: 'http.jsonDepth', value: 100, reason: 'protobuf runtimes stop there' },
  { name: 'family.depth', value: 64, reason: 'a write walks up all of them' },
  { name: 'error.statusBytes', value: 5 * 1024, reason: 'gRPC clients take 8 KiB of metadata' },
  { name: 'store.instances', value: 2 ** 23, reason: 'keys of the embedded store have 23 bits for them' },
  { name: 'store.instanceRevisions', value: 2 ** 40, reason: 'keys of the embedded store have 40 bits for them' },
  { name: 'memory.shedPercent', value: 100, reason: 'there is no more' },
  { name: 'memory.refusePercent', value: 100, reason: 'there is no more' },
]

/** Those that can be 0: a pause that nobody needs. */
const MAY_BE_ZERO = new Set(['shutdown.delayMs', 'shutdown.spreadMs'])

/** Pairs of which the first must not be more than the second. */
const ORDERED: readonly (readonly [less: string, more: string])[] = [
  ['lease.ttlMinMs', 'lease.ttlMaxMs'],
  ['lease.tokenMinLength', 'lease.tokenLength'],
  ['retention.ageMinMs', 'retention.ageMaxMs'],
  ['watch.waitDefaultMs', 'watch.waitMaxMs'],
  ['watch.waitMaxMs', 'call.deadlineMaxMs'],
  ['watch.catchUpBytes', 'watch.recentBytes'],
  ['list.pageSizeDefault', 'list.pageSizeMax'],
  ['list.pageBytes', 'grpc.sendBytes'],
  ['call.deadlineDefaultMs', 'call.deadlineMaxMs'],
  ['grpc.connectionsPerAddress', 'grpc.connections'],
  ['shutdown.spreadMs', 'shutdown.drainMs'],
  ['memory.shedPercent', 'memory.refusePercent'],
]

/** The named limits of `text`, such as `call.reads=100,grpc.connections=500`; what is wrong goes to `faults`. */
export function readLimits(text: string, faults: string[]): LimitValues {
  const defaults = limitValues()
  const read = new Map<string, number>()
  for (const part of text.split(',').map((piece) => piece.trim()).filter((piece) => piece !== '')) {
    const [, name = '', digits = ''] = /^([\w.]+)=(\d{1,15})$/.exec(part) ?? []
    const standard = Object.hasOwn(defaults, name) ? defaults[name] : undefined
    if (name === '') faults.push(`${JSON.stringify(part)} is not NAME=VALUE, a whole number in the unit that the name says`)
    else if (standard === undefined) faults.push(`there is no limit ${name}`)
    else if (read.has(name)) faults.push(`${name} is given twice`)
    else {
      read.set(name, Number(digits))
      faults.push(...outOfRange(name, { value: Number(digits), standard }))
    }
  }
  const limits = Object.fromEntries(read)
  if (faults.length === 0) faults.push(...outOfOrder({ ...defaults, ...limits }))
  return limits
}

function outOfRange(name: string, { value, standard }: { readonly value: number; readonly standard: number }): string[] {
  const min = MAY_BE_ZERO.has(name) ? 0 : 1
  const bound = HIGHEST.find((candidate) => candidate.name === name)
  const max = bound?.value ?? Math.max(standard, MAX_TIMER_MS)
  if (value >= min && value <= max) return []
  return [`${name} is ${value}; expected ${min} to ${max}${bound === undefined ? '' : `: ${bound.reason}`}`]
}

function outOfOrder(values: LimitValues): string[] {
  const faults = ORDERED.filter(([less, more]) => (values[less] ?? 0) > (values[more] ?? 0)).map(
    ([less, more]) => `${less} is ${values[less]}, more than ${more}, which is ${values[more]}`,
  )
  const { 'shutdown.delayMs': delay = 0, 'shutdown.drainMs': drain = 0, 'shutdown.hardStopMs': hardStop = 0 } = values
  if (delay + drain > hardStop) faults.push(`shutdown.delayMs and shutdown.drainMs together are ${delay + drain}, more than shutdown.hardStopMs, which is ${hardStop}`)
  return faults
}
