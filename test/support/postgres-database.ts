// Databases of the PostgreSQL of the tests, and stores in them.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest'
import { migrate } from '../../src/store/postgres/migrate.js'
import { ConnectionLost, isConflict } from '../../src/store/postgres/postgres-error.js'
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/postgres-store.js'

/** A database. */
export interface TestDatabase {
  readonly url: string
  /** Runs SQL in it, as its owner and superuser; the rows of the last statement. */
  run<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Removes whatever stores have written. */
  clear(): Promise<void>
  /** Opens a store in it; it is not closed by itself. */
  open(more?: Partial<PostgresStoreOptions>): Promise<PostgresStore>
}

/** A database of its own for all tests of a file; call at the top of the file, and use the result inside of hooks and tests. */
export function suiteDatabase(partitions = 0): TestDatabase {
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = inject('postgresUrl')
  const url = `${server}/${name}`
  let client: pg.Client | undefined
  const faults: Error[] = []
  const note = (error: Error): unknown => faults.push(error)
  const run = async <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
    if (client === undefined) throw new Error('Only inside of tests')
    const result: unknown = await client.query(sql, [...values])
    return (result as { rows: Row[] }).rows
  }
  beforeAll(async () => {
    await once(server, `CREATE DATABASE ${name}`)
    await migrate({ url, partitions })
    client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
  })
  afterAll(async () => {
    await client?.end()
    await once(server, `DROP DATABASE ${name} WITH (FORCE)`)
    expect(faults.filter((fault) => !passes(fault))).toEqual([])
  })
  return {
    url,
    run,
    clear: () => clear(run),
    open: (more = {}) => openPostgresStore({ url, partitions, allowsLoss: true, onFailure: note, onDeath: note, ...more }),
  }
}

/** A database that nobody has brought up to date. */
export interface EmptyDatabase {
  readonly url: string
  /** Runs SQL in it, as its owner and superuser; the rows of the last statement. */
  readonly rows: (sql: string) => Promise<unknown[]>
  /** Runs SQL in the maintenance database of the same server. */
  readonly onServer: (sql: string) => Promise<void>
}

/** One for each test of a file; call at the top of the file, and use the result inside of hooks and tests. */
export function emptyDatabase(): EmptyDatabase {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  let owner: pg.Client
  beforeEach(async () => {
    await once(server, `CREATE DATABASE ${name}`)
    owner = new pg.Client({ connectionString: `${server}/${name}` })
    await owner.connect()
  })
  afterEach(async () => {
    await owner.end()
    await once(server, `DROP DATABASE ${name} WITH (FORCE)`)
  })
  return {
    url: `${server}/${name}`,
    rows: async (sql) => (await owner.query<Record<string, unknown>>(sql)).rows,
    onServer: (sql) => once(server, sql),
  }
}

/** Whether a store gets over it by itself, as on a machine that stalls: it lost a connection, or waited for a lock for too long. */
function passes(fault: Error): boolean {
  // Nobody may use the pool that has been closed.
  if (fault.message.includes('after calling end')) return false
  return fault instanceof ConnectionLost || isConflict(fault) || fault.message === 'The connection that listens for changes is lost'
}

async function clear(run: TestDatabase['run']): Promise<void> {
  const tables = ['service_instance', 'task', 'task_label', 'task_count', 'task_event', 'create_request', 'retention_policy']
  await run(`TRUNCATE ${tables.join(', ')}`)
  await run('UPDATE sweep SET swept_at = 0, served_since = 0, checks = 0')
}

/** Runs one statement on a connection of its own to the maintenance database. */
async function once(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` })
  await client.connect()
  await client.query(sql)
  await client.end()
}
