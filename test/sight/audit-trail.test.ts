// The trail shows what was committed, in order, each once, and counts what it cannot show.
import { expect, test } from 'vitest'
import { LOG_LIMITS } from '../../src/limits.js'
import { AuditTrail } from '../../src/sight/audit-trail.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import { TaskError } from '../../src/task/task-error.js'
import type { EventQuery, StoredEvent } from '../../src/task/task-store.js'

const INSTANCE = 'vdc-1' as InstanceId

/** A history of the revisions from `oldest` to `head`, in pages of three. */
function history(oldest: bigint, head: bigint): (instance: InstanceId, query: EventQuery) => Promise<StoredEvent[]> {
  return (_instance, { after, limit }) => {
    const first = after + 1n > oldest ? after + 1n : oldest
    const count = Math.max(Math.min(Number(head - first) + 1, limit, 3), 0)
    return Promise.resolve(Array.from({ length: count }, (_, index) => ({ revision: first + BigInt(index) }) as StoredEvent))
  }
}

function trailOf(events: ReturnType<typeof history>): { trail: AuditTrail; shown: string[]; lost: () => number; failures: unknown[] } {
  const shown: string[] = []
  const failures: unknown[] = []
  let lost = 0
  const trail = new AuditTrail(
    { events },
    {
      onEvent: (instance, { revision }, callId) => shown.push(`${instance} ${revision} ${callId}`),
      onLost: (count) => (lost += count),
      onFailure: (error) => failures.push(error),
    },
  )
  return { trail, shown, lost: () => lost, failures }
}

const committed = (after: bigint, callIds: readonly string[]) => [{ instance: INSTANCE, after, callIds }]

test('shows each event once, with the call that asked for it', async () => {
  const { trail, shown, lost } = trailOf(history(1n, 100n))
  trail.add(committed(4n, ['a', '', 'b', 'b', 'c']))
  trail.add(committed(9n, ['d']))
  await trail.drained()
  trail.add(committed(10n, ['e']))
  await trail.drained()
  expect(shown).toEqual(['vdc-1 5 a', 'vdc-1 6 ', 'vdc-1 7 b', 'vdc-1 8 b', 'vdc-1 9 c', 'vdc-1 10 d', 'vdc-1 11 e'])
  expect([lost(), trail.backlog]).toEqual([0, 0])
})

test.each([
  ['some', 7n, ['vdc-1 7 c', 'vdc-1 8 d'], 2],
  ['all', 50n, [], 4],
])('counts events that are gone: %s of them', async (_which, oldest, expected, gone) => {
  const { trail, shown, lost } = trailOf(history(oldest, 100n))
  trail.add(committed(4n, ['a', 'b', 'c', 'd']))
  await trail.drained()
  expect(shown).toEqual(expected)
  expect([lost(), trail.backlog]).toEqual([gone, 0])
})

test('counts what is beyond its backlog, and stays small', async () => {
  const { trail, shown, lost } = trailOf(history(1n, BigInt(LOG_LIMITS.auditBacklog)))
  trail.add(committed(0n, Array<string>(LOG_LIMITS.auditBacklog).fill('')))
  trail.add(committed(BigInt(LOG_LIMITS.auditBacklog), ['x']))
  expect([lost(), trail.backlog]).toEqual([1, LOG_LIMITS.auditBacklog])
  await trail.drained()
  expect(shown).toHaveLength(LOG_LIMITS.auditBacklog)
})

test('reads again when the history cannot be read, and ends with the store', async () => {
  const read = history(1n, 100n)
  const answers = [new TaskError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'away'), undefined, new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'closed')]
  const { trail, shown, lost, failures } = trailOf((instance, query) => {
    const refusal = answers.shift()
    return refusal === undefined ? read(instance, query) : Promise.reject(refusal)
  })
  trail.add(committed(0n, ['a', 'b', 'c', 'd', 'e']))
  await trail.drained()
  expect(shown).toEqual(['vdc-1 1 a', 'vdc-1 2 b', 'vdc-1 3 c'])
  expect([failures.length, lost()]).toEqual([1, 2])
})
