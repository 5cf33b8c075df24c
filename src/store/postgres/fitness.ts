// Whether a database keeps what the store promises: found out at start, so that nothing is written to one that does not.
import pg from 'pg'
import { connectionOptions, openSession } from './database.js'
import { UnfitDatabase } from './migrate.js'
import { asPostgresError } from './postgres-error.js'

const OLDEST_VERSION = 150_000

interface SettingsRow {
  readonly version: number
  readonly encoding: string
  readonly synchronous_commit: string
  readonly fsync: string
}

/** What a database is asked. */
export interface FitnessOptions {
  readonly url: string
  /** Whether to work with a database that can lose what it has acknowledged. */
  readonly allowsLoss: boolean
}

/** Throws an UnfitDatabase that names the setting that is wrong, or a ConnectionLost. */
export async function checkFitness({ url, allowsLoss }: FitnessOptions): Promise<void> {
  const { version, encoding, synchronous_commit, fsync } = await readSettings(url)
  if (version < OLDEST_VERSION) throw new UnfitDatabase(`it is PostgreSQL ${Math.floor(version / 10_000)}; expected 15 or newer`)
  if (encoding !== 'UTF8') throw new UnfitDatabase(`its encoding is ${encoding}; expected a database with ENCODING UTF8`)
  if (allowsLoss) return
  if (synchronous_commit === 'off') throw new UnfitDatabase(lossOf('synchronous_commit'))
  if (fsync === 'off') throw new UnfitDatabase(lossOf('fsync'))
}

function lossOf(setting: string): string {
  return `it has ${setting}=off and can lose what it has acknowledged; set it on, or say --postgres-durability unchecked`
}

async function readSettings(url: string): Promise<SettingsRow> {
  const client = new pg.Client(connectionOptions(url))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await openSession(client)
    const { rows } = await client.query<SettingsRow>(
      "SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding," +
        " current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync",
    )
    const [row] = rows
    if (row === undefined) throw new Error('The database did not say its settings')
    return row
  } catch (error) {
    throw asPostgresError(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}
