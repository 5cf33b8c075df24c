// Opens the store that the configuration names.
import type { Config } from './config.js'
import { openPostgresStore } from './store/postgres/postgres-store.js'
import { openSqliteStore } from './store/sqlite/sqlite-store.js'
import type { TaskStore } from './task/task-store.js'

/** Who hears of what happens in a store. */
export interface StoreWatch {
  /** Something failed; the error says what the caller must not be told. */
  readonly onFailure: (error: Error) => void
  /** Nothing can be written any more. */
  readonly onDeath: (error: Error) => void
}

/** The settings of a store. */
export type StoreSettings = Pick<Config, 'store' | 'postgresPartitions' | 'postgresDurability'>

/** Opens the store and brings its schema up to date. Rejects with an Error that says what is wrong with it. */
export async function openStore({ store, postgresPartitions, postgresDurability }: StoreSettings, watch: StoreWatch): Promise<TaskStore> {
  if (store.kind === 'sqlite') return openSqliteStore({ ...store, ...watch })
  const allowsLoss = postgresDurability === 'unchecked'
  return openPostgresStore({ url: store.url.reveal(), partitions: postgresPartitions, allowsLoss, ...watch })
}
