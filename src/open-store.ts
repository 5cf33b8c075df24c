// Opens the store that the configuration names.
import type { Config, PostgresConfig } from './config.js'
import type { PrepareOptions } from './store/postgres/prepare.js'
import { openSqliteStore } from './store/sqlite/sqlite-store.js'
import type { StoreWatch } from './task/store-watch.js'
import type { TaskStore } from './task/task-store.js'

/** Who hears of what happens in a store. */
export interface StoreReports {
  /** Something failed; the error says what the caller must not be told. */
  readonly onFailure: (error: Error) => void
  /** Nothing can be written any more. */
  readonly onDeath: (error: Error) => void
  readonly watch: StoreWatch
}

/** The settings of a store. */
export type StoreSettings = Pick<Config, 'store' | 'workers' | 'postgresPartitions' | 'postgresDurability'>

/** Opens the store and brings its schema up to date. Rejects with an Error that says what is wrong with it. */
export async function openStore(settings: StoreSettings, reports: StoreReports): Promise<TaskStore> {
  const { store, workers } = settings
  if (store.kind === 'sqlite') return openSqliteStore({ ...store, isShared: workers > 1, ...reports })
  // Read only by who needs it: every command of the command line comes through here.
  const { openPostgresStore } = await import('./store/postgres/postgres-store.js')
  return openPostgresStore({ ...postgresOptions(store, settings), ...reports })
}

/** Brings the schema of a store up to date. Rejects as `openStore` does, and when a database is away. */
export async function migrateStore(settings: StoreSettings): Promise<void> {
  const { store } = settings
  if (store.kind === 'postgres') {
    const { preparePostgres } = await import('./store/postgres/prepare.js')
    await preparePostgres(postgresOptions(store, settings))
    return
  }
  const thrown = (error: Error): never => {
    throw error
  }
  await openSqliteStore({ ...store, onFailure: thrown, onDeath: thrown }).close()
}

function postgresOptions({ url }: PostgresConfig, { postgresPartitions, postgresDurability }: StoreSettings): PrepareOptions {
  return { url: url.reveal(), partitions: postgresPartitions, allowsLoss: postgresDurability === 'unchecked' }
}
