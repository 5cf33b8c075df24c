// `taskplane serve`: a server process, from its configuration to its exit code.
import { Command } from 'commander'
import type { Logger } from 'pino'
import { startApp, type App } from './app.js'
import { readConfig, SETTINGS, type Config, type SettingTexts } from './config.js'
import * as limits from './limits.js'
import { openLog, stopSignal } from './process-log.js'
import { readSettingTexts, settingOptions } from './setting-options.js'

/** Runs the server until SIGTERM or SIGINT; a second one ends it at once. */
export function serveCommand(): Command {
  const command = new Command('serve').description('serve tasks over gRPC and REST')
  const options = settingOptions(SETTINGS)
  for (const { option } of options) command.addOption(option)
  return command.action(async (values: Readonly<Record<string, string>>) => {
    await serve(readSettingTexts(options, values))
  })
}

async function serve(texts: SettingTexts): Promise<void> {
  const log = openLog()
  try {
    const config = readConfig(texts)
    log.info({ config, limits: { ...limits } }, 'starting')
    await run(config, log)
  } catch (error) {
    log.fatal((error as Error).message)
    // What is still open must not keep the process.
    process.exit(1)
  }
}

async function run(config: Config, log: Logger): Promise<void> {
  const stopped = stopSignal(log)
  const app = await startApp(config, {
    onFault: (error, where) => log.error({ err: error, where }, 'fault'),
    onDeath: (error) => {
      log.fatal({ err: error }, 'the writer has ended: stopping')
      process.exit(1)
    },
  })
  process.on('SIGHUP', () => void app.reload().then(() => log.info('certificates, keys and grants were read again')))
  log.info(app.addresses, 'ready')
  const signal = await stopped
  log.info({ signal }, 'stopping')
  await stopInTime(app, log)
  log.info('stopped')
  // What a client left open must not keep the process.
  process.exit(0)
}

async function stopInTime(app: App, log: Logger): Promise<void> {
  const timer = setTimeout(() => {
    log.error('could not stop in time: ending')
    process.exit(1)
  }, limits.SHUTDOWN_LIMITS.hardStopMs)
  await app.close()
  clearTimeout(timer)
}
