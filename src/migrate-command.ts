// `taskplane migrate`: brings the schema of a store up to date, for who does that before the servers start.
import { Command } from 'commander'
import { readConfig, SETTINGS } from './config.js'
import { migrateStore } from './open-store.js'
import { readSettingTexts, settingOptions } from './setting-options.js'
import { openLog } from './sight/process-log.js'

/** Migrates and ends. */
export function migrateCommand(): Command {
  const { store, postgresPartitions, postgresDurability } = SETTINGS
  const options = settingOptions({ store, postgresPartitions, postgresDurability })
  const command = new Command('migrate').description('bring the schema of the store up to date')
  for (const { option } of options) command.addOption(option)
  return command.action(async (values: Readonly<Record<string, string>>) => {
    const { log } = openLog({ format: 'auto', level: 'info' })
    try {
      const config = readConfig(readSettingTexts(options, values))
      await migrateStore(config)
      log.info({ store: config.store }, 'the schema is up to date')
    } catch (error) {
      log.fatal((error as Error).message)
      process.exitCode = 1
    }
  })
}
