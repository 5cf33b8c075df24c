// `taskplane serve`: a server process, from its configuration to its exit code.
import { Command } from 'commander'
import type { Logger } from 'pino'
import { startApp, type App } from './app.js'
import { readConfig, SETTINGS, type Config, type SettingTexts } from './config.js'
import * as limits from './limits.js'
import { releaseWarning } from './node-release.js'
import { endNow, openLog, stopSignal } from './process-log.js'
import { setLimits } from './set-limits.js'
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
    setLimits(config.limits)
    log.info({ config, limits: { ...limits } }, 'starting')
    const warning = releaseWarning(process.versions.node, new Date())
    if (warning !== undefined) log.warn({ node: process.versions.node }, warning)
    await run(config, log)
  } catch (error) {
    log.fatal((error as Error).message)
    // What is still open must not keep the process.
    process.exit(1)
  }
}

async function run(config: Config, log: Logger): Promise<void> {
  const stopped = stopSignal(log)
  const starting = startApp(config, {
    onFault: (error, where) => log.error({ err: error, where }, 'fault'),
    onDeath: (error) => {
      log.fatal({ err: error }, 'the writer has ended: stopping')
      process.exit(1)
    },
  })
  const app = await Promise.race([starting, stopped])
  if (typeof app === 'string') {
    log.info({ signal: app }, 'stopped before it was ready')
    process.exit(0)
  }
  process.on('SIGHUP', () => void app.reload().then(() => log.info('certificates, keys and grants were read again')))
  log.info(app.addresses, 'ready')
  const signal = await stopped
  log.info({ signal }, 'stopping')
  await stopInTime(app, log, signal)
  log.info('stopped')
  // What a client left open must not keep the process.
  process.exit(0)
}

async function stopInTime(app: App, log: Logger, signal: NodeJS.Signals): Promise<void> {
  const timer = setTimeout(() => {
    log.error('could not stop in time: ending')
    endNow()
  }, limits.SHUTDOWN_LIMITS.hardStopMs)
  // An interrupt comes from a person, whom no balancer sends calls.
  await app.close(signal === 'SIGTERM' ? limits.SHUTDOWN_LIMITS.delayMs : 0)
  clearTimeout(timer)
}
