// `taskplane backup` and `taskplane restore`: copies of an embedded store.
import { Command, Option } from 'commander'
import { SETTINGS } from './config.js'
import { sqlitePath } from './sqlite-path.js'
import { backUp, restore, type BackupSummary } from './store/sqlite/backup.js'

interface StoreOptions {
  readonly store: string
}

/** Copies the store while its server runs. */
export function backupCommand(): Command {
  return storeCommand('backup', 'copy the store to a new file, also while a server runs, and check the copy')
    .argument('<file>', 'the file to make')
    .action((file: string, { store }: StoreOptions) => {
      process.stdout.write(`${file}: ${inWords(backUp(pathOf(store), file))}\n`)
    })
}

/** Puts a copy in place of a store that no server uses. */
export function restoreCommand(): Command {
  return storeCommand('restore', 'put a copy in place of the store, which no server may be using; the old file is kept beside it')
    .argument('<file>', 'the copy')
    .action((file: string, { store }: StoreOptions) => {
      const path = pathOf(store)
      const suffix = `.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
      process.stdout.write(`${path}: ${inWords(restore(file, path, suffix))}; what was there before has ${suffix} after its name\n`)
    })
}

function storeCommand(name: string, description: string): Command {
  const { flag, form, variable, fallback } = SETTINGS.store
  return new Command(name).description(description).addOption(new Option(`--${flag} <${form}>`, 'the store').env(variable).default(fallback))
}

function pathOf(store: string): string {
  return sqlitePath(store, 'PostgreSQL is copied by its own tools')
}

function inWords({ tasks, bytes, schemaVersion }: BackupSummary): string {
  return `${tasks} tasks, ${bytes} bytes, schema version ${schemaVersion}, sound`
}
