// Brings a database to the schema of this program, however many servers try to at once, and refuses what it cannot work with.
import pg from 'pg'
import { POSTGRES_LIMITS } from '../../limits.js'
import { connectionOptions } from './database.js'
import { asPostgresError } from './postgres-error.js'
import { MIGRATIONS, type Migration } from './migrations.js'

/** The schema version that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/** Names the lock among all advisory locks of the database: the bytes of "TPLN". */
const LOCK = 0x54504c4e

// to_regclass would answer from a cache that waiting for an advisory lock does not renew: that another server has made the table
// meanwhile would not be seen. A query of the catalog sees it.
const FIND_HISTORY =
  "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'taskplane_migration') AS there"

/** What a migration is done with. */
export interface MigrateOptions {
  readonly url: string
  /** Hash partitions of a database that is new; 0 for none. Others stay as they are. */
  readonly partitions: number
}

/** A database that this program must not use; the message says why. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase'
}

/**
 * Brings the database to the last of `migrations`, each all or nothing, and answers its version. Throws an UnfitDatabase
 * when its schema is newer than what programs with these migrations can work with; it is left as it is then.
 */
export async function migrate(options: MigrateOptions, migrations = MIGRATIONS): Promise<number> {
  const client = new pg.Client({
    ...connectionOptions(options.url),
    statement_timeout: 0,
    query_timeout: 0,
    lock_timeout: POSTGRES_LIMITS.migrateWaitMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await migrateWith(client, options.partitions, migrations)
  } catch (error) {
    throw error instanceof UnfitDatabase ? error : asPostgresError(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function migrateWith(client: pg.Client, partitions: number, migrations: readonly Migration[]): Promise<number> {
  for (;;) {
    const version = await knownVersion(client, migrations.length)
    const migration = migrations[version]
    if (migration === undefined) return version
    await apply(client, migration, { partitions, version: version + 1 })
  }
}

/** The version of the schema; 0 for a new database. Throws when programs that know `known` versions cannot work with it. */
async function knownVersion(client: pg.Client, known: number): Promise<number> {
  const { rows: tables } = await client.query<{ there: boolean }>(FIND_HISTORY)
  if (tables[0]?.there !== true) return 0
  const { rows } = await client.query<{ version: number; works_with: number }>(
    'SELECT version, works_with FROM taskplane_migration ORDER BY version DESC LIMIT 1',
  )
  const { version = 0, works_with = 0 } = rows[0] ?? {}
  if (works_with > known) {
    throw new UnfitDatabase(`it has schema version ${version}, this program knows up to ${known}; run a newer Taskplane`)
  }
  return version
}

async function apply(client: pg.Client, migration: Migration, to: { readonly partitions: number; readonly version: number }): Promise<void> {
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    // Whatever waits for a table holds up all who come after it: the servers that work on it meanwhile.
    await client.query(`SET LOCAL lock_timeout = ${POSTGRES_LIMITS.lockMs}`)
    // Another server may have migrated between the look and the lock.
    if ((await knownVersion(client, Infinity)) < to.version) {
      await client.query(
        'CREATE TABLE IF NOT EXISTS taskplane_migration (version integer NOT NULL PRIMARY KEY, name text NOT NULL,' +
          ' works_with integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
      )
      await client.query(migration.sql(to.partitions))
      const row = [to.version, migration.name, migration.worksWith]
      await client.query('INSERT INTO taskplane_migration (version, name, works_with) VALUES ($1, $2, $3)', row)
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
