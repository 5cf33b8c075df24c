// Several servers over one database: one truth, whoever writes it and whoever looks.
import { afterEach, describe, expect, test } from 'vitest'
import { Task } from '../../../gen/openshift/v1/task.js'
import { LEASE_LIMITS, POSTGRES_LIMITS } from '../../../src/limits.js'
import { ChangeChannel, LISTENER, payloadsOf } from '../../../src/store/postgres/change-channel.js'
import type { Connection, Statement, Value } from '../../../src/store/postgres/database.js'
import { MissedChanges } from '../../../src/store/postgres/missed-changes.js'
import type { PostgresStore } from '../../../src/store/postgres/postgres-store.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { setTestTime, TEST_TIME } from '../../support/clocked-postgres.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { complete, create, decode, INSTANCE, lease, OTHER_INSTANCE, query, start } from '../../support/task-changes.js'

const NEVER = new AbortController().signal
const REPLICAS = 3
const database = suiteDatabase()
const opened: PostgresStore[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})

/** Stores over the emptied database. */
async function replicas(): Promise<PostgresStore[]> {
  await database.clear()
  const stores = await Promise.all(Array.from({ length: REPLICAS }, () => database.open({ onFailure: () => undefined })))
  opened.push(...stores)
  return stores
}

/** Resolves with the milliseconds until `store` hears that `instance` has changed, which it follows from its beginning. */
function heard(store: TaskStore, instance: InstanceId): Promise<number> {
  const begin = performance.now()
  return new Promise((resolve) => {
    const stop = store.onChange(
      (changed) => {
        if (changed !== instance) return
        stop()
        resolve(performance.now() - begin)
      },
      () => [[instance, 0n]],
    )
  })
}

/** The connections of all servers that listen. */
const LISTENERS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${LISTENER}'`

async function listeners(number: number): Promise<void> {
  const count = async (): Promise<number> => Number((await database.run<{ count: string }>(`SELECT count(*) ${LISTENERS} AND state = 'idle' AND query <> ''`))[0]?.count)
  await expect.poll(count, { timeout: 10_000 }).toBe(number)
}

const allListen = (): Promise<void> => listeners(REPLICAS)

describe('writing', () => {
  test('revisions have no gaps, and follow each other as the writes did, on whichever server', async () => {
    const stores = await replicas()
    const instances = [INSTANCE, OTHER_INSTANCE]
    const writes = Array.from({ length: 300 }, async (_, index) => {
      const store = stores[index % REPLICAS]!
      const instance = instances[index % 2]!
      const made = await store.write(create(`t${index}`, {}, { instance }))
      const begun = await stores[(index + 1) % REPLICAS]!.write(start(`t${index}`, { instance }))
      expect(begun.revision).toBeGreaterThan(made.revision)
    })
    await Promise.all(writes)
    for (const [at, instance] of instances.entries()) {
      const events = await stores[at]!.events(instance, { taskId: undefined, after: 0n, limit: 1000 })
      expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 300 }, (_, index) => BigInt(index + 1)))
      const times = events.map(({ event }) => event.at?.getTime() ?? 0)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect((await stores[2]!.counts(instance)).byStatus).toEqual({ RUNNING: 150 })
    }
  })

  test('an instance does not wait for another one', async () => {
    const [store] = await replicas()
    await store!.write(create('a'))
    await database.run('BEGIN')
    await database.run('SELECT 1 FROM service_instance WHERE service_instance_id = $1 FOR UPDATE', [INSTANCE])
    const waiting = store!.write(create('b'))
    await store!.write(create('a', {}, { instance: OTHER_INSTANCE }))
    await database.run('COMMIT')
    expect((await waiting).revision).toBe(2n)
  })

  test('a hundred creates with one request id, on all servers at once, make one task', async () => {
    const stores = await replicas()
    const made = await Promise.all(
      Array.from({ length: 100 }, (_, index) => stores[index % REPLICAS]!.write(create(`t${index}`, {}, { requestId: 'r1' }))),
    )
    expect(new Set(made.map((task) => decode(task).id)).size).toBe(1)
    expect((await stores[0]!.counts(INSTANCE)).total).toBe(1)
  })

  test('of those who end a task on all servers at once one does', async () => {
    const stores = await replicas()
    for (let round = 0; round < 20; round += 1) {
      const id = `t${round}`
      await stores[0]!.write(create(id))
      await stores[1]!.write(start(id))
      const outcomes = await Promise.allSettled(stores.map((store) => store.write(complete(id))))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }
  })

  test('what one server has written every other one reads at once', async () => {
    const stores = await replicas()
    for (let round = 0; round < 100; round += 1) {
      const id = `t${round}`
      const { revision } = await stores[round % REPLICAS]!.write(create(id))
      const other = stores[(round + 1) % REPLICAS]!
      const [task, page] = await Promise.all([other.get(INSTANCE, id as TaskId), other.list(INSTANCE, query({ limit: 1 }), NEVER)])
      expect(task?.revision).toBe(revision)
      expect([page.revision, Task.decode(page.tasks[0]!).id]).toEqual([revision, id])
    }
  })
})

describe('following', () => {
  /** What no server is told of it would not find for a minute. */
  const SELDOM = { pollMs: 60_000 }

  test('a server hears of the commits of another one at once', async () => {
    smallerLimits(POSTGRES_LIMITS, SELDOM)
    const [writing, following] = await replicas()
    await allListen()
    const hears = heard(following!, INSTANCE)
    await writing!.write(create('a'))
    expect(await hears).toBeLessThan(20_000)
  })

  test('a server that cannot listen looks instead, and listens again', async () => {
    smallerLimits(POSTGRES_LIMITS, SELDOM)
    const [writing, following] = await replicas()
    await allListen()
    const looks = heard(following!, INSTANCE)
    await database.run(`SELECT pg_terminate_backend(pid) ${LISTENERS}`)
    await writing!.write(create('a'))
    expect(await looks).toBeLessThan(20_000)
    await allListen()
    const hears = heard(following!, OTHER_INSTANCE)
    await writing!.write(create('b', {}, { instance: OTHER_INSTANCE }))
    expect(await hears).toBeLessThan(20_000)
  })

  test('what a server commits while it cannot tell of it, it tells once it can', async () => {
    await database.clear()
    const hears: InstanceId[] = []
    const options = { url: database.url, onFailure: () => undefined }
    const [telling, listening] = [[] as InstanceId[], hears].map((to) => new ChangeChannel(options, { onChange: (id) => to.push(id), onMissed: () => undefined }))
    listening!.open()
    await listeners(1)
    telling!.tell([INSTANCE, OTHER_INSTANCE])
    await new Promise((resolve) => setTimeout(resolve, 5 * POSTGRES_LIMITS.notifyDelayMs))
    telling!.open()
    await expect.poll(() => hears).toEqual([INSTANCE, OTHER_INSTANCE])
    await Promise.all([telling!.close(), listening!.close()])
  })

  test('a look asks one question, whatever is followed, and wakes only who has missed something', async () => {
    const [writing] = await replicas()
    const instances = Array.from({ length: 200 }, (_, index) => `vdc-${index}` as InstanceId)
    for (const instance of instances.slice(0, 20)) await writing!.write(create('a', {}, { instance }))
    const questions: string[] = []
    const connection: Connection = {
      rows: async <Row>({ text }: Statement, values: readonly Value[] = []) => {
        questions.push(text)
        return database.run<Row>(text, values)
      },
    }
    const woken: InstanceId[] = []
    const missed = new MissedChanges({
      connection,
      followed: () => instances.map((instance, index) => [instance, index < 10 ? 1n : 0n] as const),
      onChange: (instance) => woken.push(instance),
    })
    missed.look()
    await missed.settled()
    expect([questions.length, woken.toSorted()]).toEqual([1, instances.slice(10, 20).toSorted()])
  })

  test('a look that is wanted while one is under way is not saved: it may have begun too early', async () => {
    const answers: (() => void)[] = []
    const connection: Connection = { rows: () => new Promise((resolve) => answers.push(() => resolve([]))) }
    const missed = new MissedChanges({ connection, followed: () => [[INSTANCE, 0n]], onChange: () => undefined })
    for (let look = 0; look < 5; look += 1) missed.look()
    answers[0]?.()
    await expect.poll(() => answers.length).toBe(2)
    answers[1]?.()
    await missed.settled()
    expect(answers).toHaveLength(2)
  })
})

describe('what is due', () => {
  const TTL = 5000
  const BEGIN = Date.parse('2026-03-01T12:00:00Z')
  const IDS = Array.from({ length: 30 }, (_, index) => `t${index}`)

  /** Servers with tasks whose leases lapse a TTL after BEGIN. */
  async function leased(): Promise<PostgresStore[]> {
    await database.clear()
    await setTestTime(database, BEGIN)
    const stores = await Promise.all(Array.from({ length: REPLICAS }, () => database.open({ clock: TEST_TIME })))
    opened.push(...stores)
    for (const id of IDS) {
      await stores[0]!.write(create(id, {}, { lease: lease(TTL) }))
      await stores[0]!.write(start(id))
    }
    return stores
  }

  async function ends(store: TaskStore): Promise<string[]> {
    const events = await store.events(INSTANCE, { taskId: undefined, after: BigInt(2 * IDS.length), limit: 100 })
    return events.map(({ taskId, event }) => `${taskId} ${event.kind}`).toSorted()
  }

  test('is done once, however many servers look', async () => {
    const stores = await leased()
    await setTestTime(database, BEGIN + TTL)
    await Promise.all(stores.map((store) => store.sweep()))
    expect(await ends(stores[0]!)).toEqual(IDS.map((id) => `${id} FAILED`).toSorted())
  })

  test('waits a whole ttl when no server has looked for a while: nobody could renew', async () => {
    const stores = await leased()
    await setTestTime(database, BEGIN + TTL, BEGIN + TTL - LEASE_LIMITS.outageMs - 1)
    await Promise.all(stores.map((store) => store.sweep()))
    expect(await ends(stores[0]!)).toEqual([])
    const task = await stores[0]!.get(INSTANCE, 't0' as TaskId)
    expect(decode(task!).lease?.expiresAt?.getTime()).toBe(BEGIN + 2 * TTL)
  })

  test('is looked for by one server at a time, again when that one is gone', async () => {
    await leased()
    await setTestTime(database, BEGIN + 1000, BEGIN + 1000 - LEASE_LIMITS.sweepIntervalMs)
    const turn = async (): Promise<string> => (await database.run<{ swept_at: string }>('SELECT swept_at FROM sweep'))[0]!.swept_at
    await expect.poll(turn, { timeout: 15_000 }).toBe(String(BEGIN + 1000))
    await Promise.all(opened.splice(0, REPLICAS - 1).map((store) => store.close()))
    await setTestTime(database, BEGIN + TTL, BEGIN + TTL - LEASE_LIMITS.sweepIntervalMs)
    await expect.poll(() => ends(opened[0]!), { timeout: 15_000 }).toHaveLength(IDS.length)
  })
})

test('no notification is larger than it may be', () => {
  const instances = Array.from({ length: 50 }, (_, index) => `${'x'.repeat(index)}-${index}` as InstanceId)
  const payloads = payloadsOf([...instances, 'y'.repeat(128) as InstanceId])
  expect(payloads.flatMap((payload) => payload.split(','))).toEqual([...instances, 'y'.repeat(128)])
  for (const payload of payloads) expect(payload.length).toBeLessThanOrEqual(POSTGRES_LIMITS.notifyBytes)
})
