// What callers are told when PostgreSQL or the way to it fails, and that all is well again afterwards.
import { afterEach, describe, expect, test } from 'vitest'
import { POSTGRES_LIMITS } from '../../../src/limits.js'
import type { PostgresStore } from '../../../src/store/postgres/postgres-store.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { create, decode, INSTANCE, query, start } from '../../support/task-changes.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

const NEVER = new AbortController().signal
const UNAVAILABLE = { code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' }
const database = suiteDatabase()
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function open(url = database.url): Promise<PostgresStore> {
  await database.clear()
  const store = await database.open({ url, onFailure: () => undefined })
  ends.push(() => store.close())
  return store
}

/** A store that reaches the database through a proxy. */
async function openThrough(): Promise<{ store: PostgresStore; proxy: TcpProxy }> {
  const url = new URL(database.url)
  const proxy = await startTcpProxy(url.host)
  ends.push(() => proxy.close())
  url.host = proxy.address
  return { store: await open(url.href), proxy }
}

describe('transactions that others are in the way of', () => {
  /** Lets the next `times` inserts of a task fail with `code`. */
  async function failNext(times: number, code: string): Promise<void> {
    ends.push(() => database.run('DROP TRIGGER IF EXISTS fail_next ON task; DROP SEQUENCE IF EXISTS fails'))
    // A sequence counts also what is rolled back.
    await database.run(
      `CREATE SEQUENCE fails; CREATE OR REPLACE FUNCTION fail_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('fails') <= ${times} THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER fail_next BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION fail_next()`,
    )
  }

  test.each(['40001', '40P01', '55P03'])('%s is tried again', async (code) => {
    const store = await open()
    await failNext(POSTGRES_LIMITS.attempts - 1, code)
    expect((await store.write(create('a'))).revision).toBe(1n)
  })

  test('is given up as ABORTED, and nothing is written', async () => {
    const store = await open()
    await failNext(POSTGRES_LIMITS.attempts, '40001')
    await expect(store.write(create('a'))).rejects.toMatchObject({ code: 'ABORTED', reason: 'WRITE_CONFLICT' })
    expect(await store.get(INSTANCE, 'a' as TaskId)).toBeUndefined()
    expect((await store.write(create('b'))).revision).toBe(1n)
  })

  test('a lock that is held longer than a statement waits is waited for again', async () => {
    const store = await open()
    await store.write(create('a'))
    await database.run('BEGIN')
    await database.run('SELECT 1 FROM service_instance WHERE service_instance_id = $1 FOR UPDATE', [INSTANCE])
    const waiting = store.write(start('a'))
    await expect.poll(() => database.run("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).toHaveLength(1)
    await new Promise((resolve) => setTimeout(resolve, POSTGRES_LIMITS.lockMs + 200))
    await database.run('COMMIT')
    expect((await waiting).revision).toBe(2n)
  })

  test('whatever isolation the database has by default', async () => {
    const store = await open(`${database.url}?options=${encodeURIComponent('-c default_transaction_isolation=serializable')}`)
    const writes = Array.from({ length: 50 }, (_, index) => store.write(create(`t${index}`, {}, { instance: `vdc-${index % 5}` as InstanceId })))
    expect(await Promise.all(writes)).toHaveLength(50)
  })
})

describe('a connection that breaks', () => {
  test('before its next use is nobody\'s business', async () => {
    const store = await open()
    await store.write(create('a'))
    const own = "pid <> pg_backend_pid() AND datname = current_database() AND application_name = 'taskplane'"
    await database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${own}`)
    expect((await store.write(start('a'))).revision).toBe(2n)
    await database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${own}`)
    expect((await store.get(INSTANCE, 'a' as TaskId))?.revision).toBe(2n)
  })

  test('again and again under load loses nothing that was acknowledged, and creates nothing twice', async () => {
    const store = await open()
    const acknowledged = new Set<string>()
    const storm = setInterval(
      () =>
        void database.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'taskplane%'",
        ),
      100,
    )
    const writer = async (at: number): Promise<void> => {
      for (let index = 0; index < 25; index += 1) {
        const requestId = `r-${at}-${index}`
        for (let isDone = false; !isDone; ) {
          isDone = await store.write(create(`${requestId}-${Math.random()}`, {}, { requestId })).then(
            (task) => Boolean(acknowledged.add(decode(task).id)),
            (error: unknown) => {
              expect(error).toMatchObject(UNAVAILABLE)
              return false
            },
          )
          if (!isDone) await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, at) => writer(at)))
    clearInterval(storm)
    const there = await database.run<{ task_id: string }>('SELECT task_id FROM task')
    expect(new Set(there.map(({ task_id }) => task_id))).toEqual(acknowledged)
    expect(acknowledged.size).toBe(200)
    const events = await store.events(INSTANCE, { taskId: undefined, after: 0n, limit: 1000 })
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 200 }, (_, index) => BigInt(index + 1)))
  })

  test('after the commit and before the answer leaves the outcome open, and a repeated request answers the task', async () => {
    const { store, proxy } = await openThrough()
    ends.push(() => database.run('DROP TRIGGER IF EXISTS slow ON task'))
    // Time enough to hold back the answers to the last statements, of which the commit is one.
    await database.run(
      `CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$;
       CREATE TRIGGER slow BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION slow()`,
    )
    for (let round = 0; round < 5; round += 1) {
      const requestId = `r${round}`
      const lost = expect(store.write(create(`t${round}`, {}, { requestId }))).rejects.toMatchObject(UNAVAILABLE)
      await expect.poll(() => database.run("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), { interval: 5 }).toHaveLength(1)
      proxy.hold()
      await expect.poll(() => database.run('SELECT 1 FROM task WHERE task_id = $1', [`t${round}`]), { interval: 5 }).toHaveLength(1)
      proxy.reset()
      await lost
      const again = await store.write(create(`again${round}`, {}, { requestId }))
      expect(decode(again).id).toBe(`t${round}`)
    }
    expect((await store.counts(INSTANCE)).total).toBe(5)
  })
})

describe('a network that drops everything', () => {
  test('holds nobody longer than the limits say, and is forgotten at once when it is back', { timeout: 60_000 }, async () => {
    const { store, proxy } = await openThrough()
    await store.write(create('a'))
    await Promise.all(Array.from({ length: POSTGRES_LIMITS.connections }, () => store.get(INSTANCE, 'a' as TaskId)))
    proxy.silence()
    const begin = performance.now()
    const outcomes = await Promise.allSettled([
      store.write(create('b')),
      store.get(INSTANCE, 'a' as TaskId),
      store.list(INSTANCE, query(), NEVER),
      store.check(),
    ])
    expect(performance.now() - begin).toBeLessThan(POSTGRES_LIMITS.queryMs + POSTGRES_LIMITS.connectMs)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
    // Connections that are made from now on work.
    const healed = performance.now()
    await until(() => store.get(INSTANCE, 'a' as TaskId))
    expect(performance.now() - healed).toBeLessThan(2000)
  })

  test('ends a list with its signal, not with its connection', async () => {
    const { store, proxy } = await openThrough()
    await store.write(create('a'))
    proxy.silence()
    const gone = new AbortController()
    const list = store.list(INSTANCE, query(), gone.signal)
    gone.abort(new Error('enough'))
    await expect(list).rejects.toThrow('enough')
    proxy.reset()
  })
})

test('a database that is away at start is waited for', async () => {
  const proxy = await startTcpProxy('127.0.0.1:1')
  const url = new URL(database.url)
  const target = url.host
  url.host = proxy.address
  const store = await open(url.href)
  await expect(store.get(INSTANCE, 'a' as TaskId)).rejects.toMatchObject(UNAVAILABLE)
  await expect(store.check()).rejects.toMatchObject(UNAVAILABLE)
  proxy.close()
  const back = await startTcpProxy(target, Number(proxy.address.split(':')[1]))
  ends.push(() => back.close())
  await expect.poll(() => store.check().then(() => 'ready', () => 'away'), { timeout: 5000 }).toBe('ready')
  expect((await store.write(create('a'))).revision).toBe(1n)
})

/** Repeats `work` while the store is unavailable. */
async function until<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      expect(error).toMatchObject(UNAVAILABLE)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
