// `npm run bench:postgres`: what a server over PostgreSQL does a second, beside what PostgreSQL itself does in the same minute on
// the same machine. Callers, server and database share the machine. Not a test: nothing here passes or fails.
import { randomUUID } from 'node:crypto'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startPostgres } from '../support/local-postgres.js'
import { startServer } from '../support/server-process.js'
import { paceOf, type Pace } from './pace.js'
import { seed, seedId } from './postgres-seed.js'

const CALLERS = 64
/** Bytes of a row of the floor: about those of an encoded task. */
const BODY = Buffer.alloc(150, 1)
const SEEDED = 'seeded'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '5' } } })
const ms = Number(values.seconds) * 1000
const sizes = values.rows.split(',').map(Number)

/** One line; `floor` is what it is compared with. */
function show(name: string, pace: Pace, floor?: Pace): void {
  const columns = [name.padEnd(52), `${pace.perSecond.toFixed(0)}/s`.padStart(9), `p50 ${pace.p50.toFixed(1)} ms`.padStart(13), `p99 ${pace.p99.toFixed(1)} ms`.padStart(14)]
  const ratio = floor && `${(pace.perSecond / floor.perSecond).toFixed(2)} of the floor`
  console.log([...columns, ratio ?? ''].join('  ').trimEnd())
}

interface Floors {
  readonly insert: Pace
  readonly inserts: Pace
  readonly batch: Pace
  readonly get: Pace
}

/** What PostgreSQL does without Taskplane: one row for each commit, alone and by many; many rows for each commit; one row read. */
async function measureFloors(url: string): Promise<Floors> {
  const clients = Array.from({ length: CALLERS }, () => new pg.Client({ connectionString: url }))
  await Promise.all(clients.map((client) => client.connect()))
  const [first] = clients as [pg.Client]
  await first.query('CREATE TABLE floor (id text COLLATE "C" PRIMARY KEY, body bytea NOT NULL)')
  const insert = { name: 'insert', text: 'INSERT INTO floor VALUES ($1, $2)' }
  const batch = { name: 'batch', text: 'INSERT INTO floor SELECT id, $2 FROM unnest($1::text[]) AS id' }
  const get = { name: 'get', text: 'SELECT body FROM floor WHERE id = $1' }
  await first.query(insert, ['known', BODY])
  const ids = (): string[] => Array.from({ length: CALLERS }, () => randomUUID())
  const floors = {
    insert: await paceOf(1, ms, () => first.query(insert, [randomUUID(), BODY])),
    inserts: await paceOf(CALLERS, ms, (caller) => clients[caller]!.query(insert, [randomUUID(), BODY])),
    batch: await paceOf(1, ms, () => first.query(batch, [ids(), BODY])),
    get: await paceOf(1, ms, () => first.query(get, ['known'])),
  }
  await Promise.all(clients.map((client) => client.end()))
  return { ...floors, batch: { ...floors.batch, perSecond: floors.batch.perSecond * CALLERS } }
}

async function measureWrites(client: TaskplaneClient, { insert, inserts, batch }: Floors): Promise<void> {
  const create = (instance: string): Promise<Task> =>
    client.create({ serviceInstanceId: instance, task: Task.create({ command: 'cluster.create' }), requestId: randomUUID() })
  show('floor: insert of one row, alone', insert)
  show('create, alone', await paceOf(1, ms, () => create('alone')), insert)
  show(`floor: insert of one row, ${CALLERS} connections`, inserts)
  show(`create, ${CALLERS} callers, ${CALLERS} instances`, await paceOf(CALLERS, ms, (caller) => create(`many-${caller}`)), inserts)
  show(`floor: rows in batches of ${CALLERS}, one connection`, batch)
  show(`create, ${CALLERS} callers, one instance`, await paceOf(CALLERS, ms, () => create('hot')), batch)
}

async function measureReads(client: TaskplaneClient, rows: number, { get }: Floors): Promise<void> {
  const serviceInstanceId = SEEDED
  const anyTask = (): Promise<Task> => client.get({ serviceInstanceId, taskId: seedId(1 + Math.floor(Math.random() * rows)) })
  const { nextPageToken: pageToken } = await client.list({ serviceInstanceId, pageSize: 100 })
  const one = await paceOf(1, ms, anyTask)
  show('get, alone', one, get)
  show(`get, ${CALLERS} callers`, await paceOf(CALLERS, ms, anyTask), get)
  for (const [name, request] of [
    ['list of 100, newest first', {}],
    ['list of 100, the second page', { pageToken }],
    ['list of 100, oldest first', { orderBy: 'created_at' }],
    ['list of 100, filter status = FAILED', { filter: 'status = FAILED' }],
    ['list of 100, filter created_by = user-7', { filter: 'created_by = user-7' }],
  ] as const) {
    show(name, await paceOf(1, ms, () => client.list({ serviceInstanceId, pageSize: 100, ...request })), one)
  }
  show('count', await paceOf(1, ms, () => client.count({ serviceInstanceId })), one)
}

async function sizeOf(database: pg.Client): Promise<string> {
  const { rows } = await database.query<{ size: string }>("SELECT pg_size_pretty(pg_total_relation_size('task')) AS size")
  return rows[0]?.size ?? ''
}

const [{ model } = { model: 'unknown' }] = cpus()
console.log(`${cpus().length} cores (${model}), load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}; ${values.seconds} s each`)
const postgres = await startPostgres({ isDurable: true })
const url = `${postgres.url}/postgres`
const server = await startServer('', { store: url, env: { TASKPLANE_POSTGRES_DURABILITY: 'checked' } })
const client = new TaskplaneClient(server.addresses.grpc)
const database = new pg.Client({ connectionString: url })
await database.connect()
const floors = await measureFloors(url)
await measureWrites(client, floors)
show('floor: one row by its key', floors.get)
let before = 0
for (const rows of sizes) {
  const begin = performance.now()
  await seed(database, SEEDED, before, rows)
  const seconds = Math.round((performance.now() - begin) / 1000)
  console.log(`\n${rows.toLocaleString('en')} tasks in one instance, ${await sizeOf(database)} with indexes, seeded in ${seconds} s; load ${loadavg()[0]?.toFixed(1)}`)
  await measureReads(client, rows, floors)
  before = rows
}
client.close()
await database.end()
await server.stop()
await postgres.stop()
