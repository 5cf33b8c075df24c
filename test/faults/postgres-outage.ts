// PostgreSQL goes away and comes back, in every way it can, under three servers with load. Run by `npm run faults`.
import pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEADLINE_MS, startLoad, type LoadReport } from '../support/insistent-load.js'
import { startPostgres, type LocalPostgres } from '../support/local-postgres.js'
import { openFiles } from '../support/open-files.js'
import { residentMib } from '../support/process-memory.js'
import { startReplicas, type Replicas } from '../support/replicas.js'

const INSTANCE = 'outage'
const WRITERS = 12
let postgres: LocalPostgres
let replicas: Replicas | undefined

beforeEach(async () => {
  postgres = await startPostgres({ isDurable: true })
})

afterEach(async () => {
  await replicas?.close()
  replicas = undefined
  await postgres.stop()
})

function databaseUrl(): string {
  return `${postgres.url}/postgres`
}

async function rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl() })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(sql, [...values])).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Status of a probe of every server. */
async function probes(path: 'livez' | 'readyz'): Promise<number[]> {
  const answers = (replicas?.servers ?? []).map(({ addresses }) => fetch(`http://${addresses.admin}/${path}`))
  return (await Promise.all(answers)).map(({ status }) => status)
}

/** Milliseconds until every server is ready and the load goes on. */
async function fullService(count: () => number): Promise<number> {
  const begin = performance.now()
  const before = count()
  await expect.poll(() => probes('readyz'), { interval: 50, timeout: 20_000 }).toEqual([200, 200, 200])
  await expect.poll(count, { interval: 20, timeout: 20_000 }).toBeGreaterThan(before + WRITERS)
  return performance.now() - begin
}

/** All that was acknowledged is there, once, and the event log has no gap. */
async function expectKept({ acknowledged, codes, slowestMs }: LoadReport): Promise<void> {
  const made = await rows<{ request_id: string; task_id: string }>('SELECT request_id, task_id FROM create_request WHERE service_instance_id = $1', [INSTANCE])
  expect(new Map(made.map(({ request_id, task_id }) => [request_id, task_id]))).toEqual(acknowledged)
  const [log] = await rows<{ tasks: string; events: string; head: string }>(
    'SELECT (SELECT count(*) FROM task WHERE service_instance_id = $1) AS tasks, count(*) AS events, max(revision) AS head' +
      ' FROM task_event WHERE service_instance_id = $1',
    [INSTANCE],
  )
  expect([log?.tasks, log?.events, log?.head]).toEqual(Array.from({ length: 3 }, () => String(acknowledged.size)))
  for (const code of codes) expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED']).toContain(code)
  expect(slowestMs).toBeLessThan(DEADLINE_MS + 1000)
}

test('30 seconds without PostgreSQL: calls end, and full service is back within 5 s of it, with nothing left behind', async () => {
  replicas = await startReplicas(databaseUrl())
  const load = startLoad(replicas, INSTANCE, WRITERS)
  await expect.poll(() => load.count, { timeout: 30_000 }).toBeGreaterThan(500)
  const measure = (): number[][] => [residentMib, openFiles].map((of) => replicas!.servers.map(({ pid }) => of(pid)))
  const [memory = [], files = []] = measure()
  await postgres.crash()
  await expect.poll(() => probes('readyz'), { interval: 50, timeout: 5000 }).toEqual([503, 503, 503])
  for (let second = 0; second < 30; second += 1) {
    expect(await probes('livez')).toEqual([200, 200, 200])
    await pause(1000)
  }
  await postgres.start()
  const backMs = await fullService(() => load.count)
  console.log(`full service ${Math.round(backMs)} ms after PostgreSQL was back`)
  expect(backMs).toBeLessThan(5000)
  await expectKept(await load.stop())
  const [memoryAfter = [], filesAfter = []] = measure()
  for (const [index, mib] of memoryAfter.entries()) expect(mib).toBeLessThan(memory[index]! * 1.3 + 32)
  for (const [index, count] of filesAfter.entries()) expect(count).toBeLessThanOrEqual(files[index]! + 10)
})

test('servers that start before PostgreSQL live, are not ready, and serve once it is there', async () => {
  await postgres.crash()
  replicas = await startReplicas(databaseUrl())
  expect([await probes('livez'), await probes('readyz')]).toEqual([[200, 200, 200], [503, 503, 503]])
  await postgres.start()
  const load = startLoad(replicas, INSTANCE, WRITERS)
  expect(await fullService(() => load.count)).toBeLessThan(5000)
  await expectKept(await load.stop())
})

test('a crash and a restart at once, five times, lose nothing that was acknowledged', async () => {
  replicas = await startReplicas(databaseUrl())
  const load = startLoad(replicas, INSTANCE, WRITERS)
  for (let round = 0; round < 5; round += 1) {
    const before = load.count
    await expect.poll(() => load.count, { timeout: 30_000 }).toBeGreaterThan(before + 200)
    await postgres.crash()
    await postgres.start()
    expect(await fullService(() => load.count)).toBeLessThan(5000)
  }
  await expectKept(await load.stop())
})

test('all connections cut every 2 seconds, for a minute, lose nothing that was acknowledged', async () => {
  replicas = await startReplicas(databaseUrl())
  const load = startLoad(replicas, INSTANCE, WRITERS)
  for (let cut = 0; cut < 30; cut += 1) {
    await pause(2000)
    await rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'taskplane%'")
  }
  expect(await fullService(() => load.count)).toBeLessThan(5000)
  await expectKept(await load.stop())
})
