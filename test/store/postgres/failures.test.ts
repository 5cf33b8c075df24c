// What callers are told when PostgreSQL or the way to it fails, and that all is well again afterwards.
import { afterEach, describe, expect, test } from 'vitest'
import { POSTGRES_LIMITS } from '../../../src/limits.js'
import { CommitDoubts } from '../../../src/store/postgres/commit-doubts.js'
import { Database, Transaction, type Connection } from '../../../src/store/postgres/database.js'
import type { PostgresStore } from '../../../src/store/postgres/postgres-store.js'
import type { EventColumns } from '../../../src/store/sql/writer-tables.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import type { CommittedEvents, StoreWatch } from '../../../src/task/store-watch.js'
import type { WrittenTask } from '../../../src/task/task-store.js'
import { holdInserts, locksAreWaitedFor, releaseInserts } from '../../support/held-up-sessions.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { create, decode, INSTANCE, query, start } from '../../support/task-changes.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

const NEVER = new AbortController().signal
const UNAVAILABLE = { code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' }
/** Ends the sessions of servers, those that listen aside, and waits until they are gone. */
const TERMINATE = `SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name = 'taskplane'`
const database = suiteDatabase()
const ends: (() => unknown)[] = []
/** Limits of statements that a test holds up as long as it likes. */
const UNHURRIED = { lockMs: 30_000, statementMs: 30_000 }

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function open(url = database.url, watch?: StoreWatch): Promise<PostgresStore> {
  await database.clear()
  const store = await database.open({ url, watch, onFailure: () => undefined })
  ends.push(() => store.close())
  return store
}

/** A store that reaches the database through a proxy, and what it says of its commits: the revision before, the calls. */
async function openThrough(): Promise<{ store: PostgresStore; proxy: TcpProxy; committed: readonly [bigint, readonly string[]][] }> {
  smallerLimits(POSTGRES_LIMITS, UNHURRIED)
  const url = new URL(database.url)
  const proxy = await startTcpProxy(url.host)
  ends.push(() => proxy.close())
  url.host = proxy.address
  const committed: [bigint, readonly string[]][] = []
  const onCommit = (events: readonly CommittedEvents[]): void => {
    for (const { after, callIds } of events) committed.push([after, callIds])
  }
  const store = await open(url.href, { onCommit, onBatch: () => undefined, onQueue: () => undefined })
  return { store, proxy, committed }
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
    await locksAreWaitedFor(database)
    await new Promise((resolve) => setTimeout(resolve, POSTGRES_LIMITS.lockMs + 200))
    await database.run('COMMIT')
    expect((await waiting).revision).toBe(2n)
  })

  test('a lock that is never given is given up as ABORTED, without a word of SQL', async () => {
    smallerLimits(POSTGRES_LIMITS, { lockMs: 50 })
    const store = await open()
    await store.write(create('a'))
    await database.run('BEGIN')
    await database.run('SELECT 1 FROM service_instance WHERE service_instance_id = $1 FOR UPDATE', [INSTANCE])
    const begin = performance.now()
    const error = await store.write(start('a')).catch((thrown: unknown) => thrown as Error)
    expect(performance.now() - begin).toBeGreaterThan(POSTGRES_LIMITS.attempts * POSTGRES_LIMITS.lockMs)
    await database.run('ROLLBACK')
    expect(error).toMatchObject({ code: 'ABORTED', reason: 'WRITE_CONFLICT', message: 'Other writes were in the way; nothing was written' })
    expect((await store.write(start('a'))).revision).toBe(2n)
  })

  test('a deadlock with a session that takes the same rows in the other order is tried again', async () => {
    smallerLimits(POSTGRES_LIMITS, UNHURRIED)
    // A session looks for a deadlock once, so long after it began to wait: the other one has to wait by then.
    const store = await open(`${database.url}?options=${encodeURIComponent('-c deadlock_timeout=4s')}`)
    await store.write(create('a'))
    const deadlocks = async (): Promise<number> =>
      Number((await database.run<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]?.deadlocks)
    const before = await deadlocks()
    // The store is the one that finds out, and gives way.
    await database.run("SET deadlock_timeout = '1min'")
    await database.run('BEGIN')
    await database.run('SELECT 1 FROM task WHERE task_id = $1 FOR UPDATE', ['a'])
    const waiting = store.write(start('a'))
    await locksAreWaitedFor(database)
    await database.run('SELECT 1 FROM service_instance WHERE service_instance_id = $1 FOR UPDATE', [INSTANCE])
    await database.run('COMMIT')
    await database.run('RESET deadlock_timeout')
    expect((await waiting).revision).toBe(2n)
    await expect.poll(deadlocks).toBe(before + 1)
  })

  test('the sessions of a database that is serializable by default are in nobody\'s way', async () => {
    const url = `${database.url}?options=${encodeURIComponent('-c default_transaction_isolation=serializable')}`
    const stores = [await open(url), await open(url), await open(url)]
    const writes = Array.from({ length: 60 }, (_, index) =>
      stores[index % 3]!.write(create(`t${index}`, {}, { instance: `vdc-${index % 5}` as InstanceId })),
    )
    // Every look whether a server is ready writes the same row.
    const checks = Array.from({ length: 60 }, (_, index) => stores[index % 3]!.check())
    await Promise.all([...writes, ...checks])
    expect(await Promise.all(Array.from({ length: 5 }, (_, index) => stores[0]!.counts(`vdc-${index}` as InstanceId)))).toMatchObject(
      Array.from({ length: 5 }, () => ({ total: 12 })),
    )
  })
})

describe('a connection that breaks', () => {
  test('before its next use is nobody\'s business', async () => {
    const store = await open()
    await store.write(create('a'))
    await database.run(TERMINATE)
    expect((await store.write(start('a'))).revision).toBe(2n)
    await database.run(TERMINATE)
    expect((await store.get(INSTANCE, 'a' as TaskId))?.revision).toBe(2n)
  })

  test('again and again under load loses nothing that was acknowledged, and creates nothing twice', async () => {
    const store = await open()
    const acknowledged = new Set<string>()
    let isOver = false
    const breakAll = async (): Promise<void> => {
      for (let times = 0; times < 15; times += 1) {
        const before = acknowledged.size
        await database.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'taskplane%'",
        )
        // Where connections break sooner than a machine makes them, nobody gets on.
        await expect.poll(() => acknowledged.size, { interval: 5 }).toBeGreaterThan(before + 4)
      }
    }
    const writer = async (at: number): Promise<void> => {
      for (let index = 0; !isOver; index += 1) {
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
    await Promise.all([breakAll().finally(() => (isOver = true)), ...Array.from({ length: 8 }, (_, at) => writer(at))])
    const there = await database.run<{ task_id: string }>('SELECT task_id FROM task')
    expect(new Set(there.map(({ task_id }) => task_id))).toEqual(acknowledged)
    const events = await store.events(INSTANCE, { taskId: undefined, after: 0n, limit: 2 * acknowledged.size })
    expect(events.map(({ revision }) => revision)).toEqual(Array.from(acknowledged, (_, index) => BigInt(index + 1)))
  })

  describe('after the commit and before the answer', () => {
    /** Holds back the answers to the last statements of a create, of which the commit is one, until it is made. */
    async function commitUnheard({ store, proxy }: Awaited<ReturnType<typeof openThrough>>, id: string): Promise<{ unheard: Promise<WrittenTask> }> {
      ends.push(() => releaseInserts(database))
      await holdInserts(database)
      const unheard = store.write(create(id, {}, { requestId: id, callId: `call-${id}` }))
      unheard.catch(() => undefined)
      await locksAreWaitedFor(database)
      proxy.hold()
      await releaseInserts(database)
      await expect.poll(() => database.run('SELECT 1 FROM task WHERE task_id = $1', [id]), { interval: 5 }).toHaveLength(1)
      return { unheard }
    }

    test('is found out at once, and told once', async () => {
      const through = await openThrough()
      for (let round = 1; round <= 5; round += 1) {
        const { unheard } = await commitUnheard(through, `t${round}`)
        through.proxy.reset()
        expect(decode(await unheard)).toMatchObject({ id: `t${round}`, revision: BigInt(round) })
        expect(through.committed).toEqual(Array.from({ length: round }, (_, index) => [BigInt(index), [`call-t${index + 1}`]]))
      }
    })

    test('leaves the outcome open while the database is away, and is told later; the same request answers the task', async () => {
      const through = await openThrough()
      const target = new URL(database.url).host
      const { unheard } = await commitUnheard(through, 'a')
      through.proxy.close()
      await expect(unheard).rejects.toMatchObject(UNAVAILABLE)
      expect(through.committed).toEqual([])
      const back = await startTcpProxy(target, Number(through.proxy.address.split(':')[1]))
      ends.push(() => back.close())
      // Nobody has to write for it.
      await expect.poll(() => through.committed, { timeout: 15_000 }).toEqual([[0n, ['call-a']]])
      expect(decode(await through.store.write(create('b', {}, { requestId: 'a' }))).id).toBe('a')
    })

    test('is no mistake for the commit of somebody else who took the revision', async () => {
      const through = await openThrough()
      ends.push(() => releaseInserts(database))
      await holdInserts(database)
      const undone = through.store.write(create('a'))
      undone.catch(() => undefined)
      await locksAreWaitedFor(database)
      through.proxy.silence()
      await database.run(TERMINATE)
      await releaseInserts(database)
      const other = await database.open({ onFailure: () => undefined })
      ends.push(() => other.close())
      expect((await other.write(create('b'))).revision).toBe(1n)
      through.proxy.reset()
      expect((await undone).revision).toBe(2n)
      expect(through.committed).toEqual([[1n, ['']]])
    })
  })
})

test.each([
  ['the event of a commit that was lost', {}, ['told']],
  ['another event, which after a crash can have its revision and the number of its transaction', { task_id: 'b' }, []],
  ['the same change at another time', { at: 1 }, []],
  ['the same change of another task before', { encoded: Buffer.from('x') }, []],
])('what is told of %s', async (_name, other, told) => {
  const store = await open()
  await store.write(create('a'))
  const [row] = await database.run<EventColumns & { xmin: string; at: string }>(
    'SELECT *, xmin::text FROM task_event WHERE service_instance_id = $1 AND revision = 1',
    [INSTANCE],
  )
  const pool = new Database({ url: database.url, onFailure: () => undefined })
  ends.push(() => pool.close())
  const heard: string[] = []
  const doubts = new CommitDoubts(pool, () => heard.push('told'))
  const event = { ...row!, revision: 1n, at: Number(row!.at), ...other }
  doubts.add({ instance: INSTANCE, transaction: row!.xmin, event, written: { results: [], changed: [], kinds: {} } })
  await doubts.settleAll()
  await doubts.settleAll()
  expect(heard).toEqual(told)
})

describe('a network that drops everything', () => {
  test('holds nobody longer than the limits say, and is forgotten at once when it is back', { timeout: 60_000 }, async () => {
    const { store, proxy } = await openThrough()
    await store.write(create('a'))
    // All connections that there can be are there.
    await database.run('BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE')
    const gets = Promise.all(Array.from({ length: POSTGRES_LIMITS.connections }, () => store.get(INSTANCE, 'a' as TaskId)))
    gets.catch(() => undefined)
    await locksAreWaitedFor(database, POSTGRES_LIMITS.connections)
    await database.run('COMMIT')
    await gets
    proxy.silence()
    const begin = performance.now()
    const outcomes = await Promise.allSettled([
      store.write(create('b')),
      store.get(INSTANCE, 'a' as TaskId),
      store.list(INSTANCE, query(), NEVER),
      store.check(),
    ])
    // Whoever waited for a second statement would take twice as long.
    expect(performance.now() - begin).toBeLessThan(POSTGRES_LIMITS.queryMs + 2 * POSTGRES_LIMITS.connectMs)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
    // Connections that are made from now on work.
    const healed = performance.now()
    await until(() => store.get(INSTANCE, 'a' as TaskId))
    expect(performance.now() - healed).toBeLessThan(6000)
  })

  test('is not taken for a connection that broke by the statements behind the first that had no answer', async () => {
    smallerLimits(POSTGRES_LIMITS, { queryMs: 1000 })
    const url = new URL(database.url)
    const proxy = await startTcpProxy(url.host)
    ends.push(() => proxy.close())
    url.host = proxy.address
    const pool = new Database({ url: url.href, onFailure: () => undefined })
    ends.push(() => pool.close())
    await expect.poll(() => pool.rows({ text: 'SELECT 1' })).toHaveLength(1)
    proxy.silence()
    let attempts = 0
    const work = pool.insist(() =>
      pool.transaction('BEGIN', async (transaction) => {
        attempts += 1
        await new Promise((resolve) => setTimeout(resolve, 50))
        await transaction.rows({ text: 'SELECT 1' })
      }),
    )
    await expect(work).rejects.toMatchObject({ name: 'ConnectionLost', isSudden: false })
    expect(attempts).toBe(1)
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

test('a database that only reads counts as away, at the start and later: what a standby shows may be old', async () => {
  const alter = (what: string): Promise<unknown> =>
    database.run(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${what}', current_database()); END $$`)
  ends.push(() => alter('RESET default_transaction_read_only'))
  await alter('SET default_transaction_read_only = on')
  const store = await open()
  const get = (): Promise<unknown> => store.get(INSTANCE, 'a' as TaskId)
  await expect(get()).rejects.toMatchObject(UNAVAILABLE)
  await alter('RESET default_transaction_read_only')
  await expect.poll(() => store.check().then(() => 'ready', () => 'away'), { timeout: 15_000 }).toBe('ready')
  await store.write(create('a'))
  await alter('SET default_transaction_read_only = on')
  await database.run(TERMINATE)
  await expect(get()).rejects.toMatchObject(UNAVAILABLE)
  await alter('RESET default_transaction_read_only')
  expect(await get()).toMatchObject({ revision: 1n })
})

test('while a migration has a table, reads of it end UNAVAILABLE: clients try them again', async () => {
  smallerLimits(POSTGRES_LIMITS, { lockMs: 50 })
  const store = await open()
  await database.run('BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE')
  await expect(store.get(INSTANCE, 'a' as TaskId)).rejects.toMatchObject(UNAVAILABLE)
  await database.run('COMMIT')
  expect(await store.get(INSTANCE, 'a' as TaskId)).toBeUndefined()
})

test('nothing is done in a transaction that could not begin', async () => {
  const done: string[] = []
  const connection: Connection = {
    rows: ({ text }) => {
      done.push(text)
      return text === 'BEGIN' ? Promise.reject(new Error('not now')) : Promise.resolve([])
    },
  }
  const transaction = new Transaction(connection, 'BEGIN')
  await expect(transaction.rows({ text: 'SELECT 1' }).then(() => transaction.rows({ text: 'DELETE' }))).rejects.toThrow('not now')
  expect(done).toEqual(['BEGIN', 'SELECT 1'])
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
  await expect.poll(() => store.check().then(() => 'ready', () => 'away'), { timeout: 15_000 }).toBe('ready')
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
