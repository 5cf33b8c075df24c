// What of the limits of a server is for one of its workers: together they have what a server of one process has.
import type { LimitValues } from '../set-limits.js'
import type { Place } from './messages.js'

/** Limits of what a server takes at once, or in a second, and the least that a worker can live with. */
const SHARED: LimitValues = {
  'watch.waiters': 1,
  'watch.tenantWaiters': 1,
  'watch.watchers': 1,
  'watch.tenantWatchers': 1,
  'store.writeQueue': 1,
  'store.listReaders': 1,
  // One that writes, and one for reads.
  'postgres.connections': 2,
  'postgres.writers': 1,
  'call.reads': 1,
  'call.writes': 1,
  'call.tenantCalls': 1,
  'call.tenantRate': 1,
  'call.tenantBurst': 1,
  'grpc.connections': 1,
  'grpc.connectionsPerAddress': 1,
  'http.connections': 1,
}

/** The limits of `values` that workers share, as the one at `place` has them: those with the first numbers get what is left over. */
export function limitShares(values: LimitValues, { number, of }: Place): LimitValues {
  const share = (value: number): number => Math.floor(value / of) + (number <= value % of ? 1 : 0)
  return Object.fromEntries(Object.entries(SHARED).map(([name, least]) => [name, Math.max(share(values[name] ?? 0), least)]))
}
