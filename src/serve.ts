// `taskplane serve`: a server process, from its configuration to its exit code.
import { Command } from 'commander'
import { startApp, type App } from './app.js'
import { releaseWarning } from './base/node-release.js'
import { readConfig, SETTINGS, type Config, type SettingTexts } from './config.js'
import * as limits from './limits.js'
import { openSight } from './open-sight.js'
import { setLimits } from './set-limits.js'
import { readSettingTexts, settingOptions } from './setting-options.js'
import { openLog, type ProcessLog } from './sight/process-log.js'
import { endNow, stopSignal } from './stop-signal.js'

/** Runs the server of program `version` until SIGTERM or SIGINT; a second one ends it at once. */
export function serveCommand(version: string): Command {
  const command = new Command('serve').description('serve tasks over gRPC and REST')
  const options = settingOptions(SETTINGS)
  for (const { option } of options) command.addOption(option)
  return command.action(async (values: Readonly<Record<string, string>>) => {
    await serve(readSettingTexts(options, values), version)
  })
}

async function serve(texts: SettingTexts, version: string): Promise<void> {
  const config = configOrExit(texts)
  setLimits(config.limits)
  const processLog = openLog(config.sight.log)
  const { log } = processLog
  try {
    log.info({ version, node: process.version, config, limits: { ...limits } }, 'starting')
    const warning = releaseWarning(process.versions.node, new Date())
    if (warning !== undefined) log.warn({ node: process.version }, warning)
    await run(config, processLog, { texts, version })
  } catch (error) {
    log.fatal((error as Error).message)
    // What is still open must not keep the process.
    process.exit(1)
  }
}

/** The configuration; a bad one is logged in the default way, for its own may be what is bad. */
function configOrExit(texts: SettingTexts): Config {
  try {
    return readConfig(texts)
  } catch (error) {
    openLog({ format: 'auto', level: 'info' }).log.fatal((error as Error).message)
    process.exit(1)
  }
}

/** What runs. */
interface Program {
  /** The configuration, as it was given. */
  readonly texts: SettingTexts
  readonly version: string
}

async function run(config: Config, processLog: ProcessLog, program: Program): Promise<void> {
  const { log } = processLog
  const stopped = stopSignal(processLog)
  const starting = start(config, processLog, program)
  const app = await Promise.race([starting, stopped])
  if (typeof app === 'string') {
    log.info({ signal: app }, 'stopped before it was ready')
    process.exit(0)
  }
  process.on('SIGHUP', () => void app.reload().then(() => log.info('certificates, keys and grants were read again')))
  log.info(app.addresses, 'ready')
  const signal = await stopped
  log.info({ signal }, 'stopping')
  await stopInTime(app, processLog, signal)
  log.info('stopped')
  await processLog.output.drained()
  // What a client left open must not keep the process.
  process.exit(0)
}

async function start(config: Config, processLog: ProcessLog, { texts, version }: Program): Promise<App> {
  const { audit, trace } = config.sight
  const isAlone = config.workers === 1
  // The calls are those of the workers, and so are their traces.
  const sight = await openSight({ log: processLog, version, audit, trace: isAlone ? trace : undefined })
  const onDeath = (error: Error): void => {
    processLog.log.fatal({ err: error }, 'the writer has ended: stopping')
    process.exit(1)
  }
  if (isAlone) return startApp(config, { sight, onDeath })
  const { startPrimary } = await import('./workers/primary.js')
  return startPrimary(config, { sight, onDeath, log: processLog.log, texts, version })
}

async function stopInTime(app: App, processLog: ProcessLog, signal: NodeJS.Signals): Promise<void> {
  const timer = setTimeout(() => {
    processLog.log.error('could not stop in time: ending')
    endNow(processLog)
  }, limits.SHUTDOWN_LIMITS.hardStopMs)
  // An interrupt comes from a person, whom no balancer sends calls.
  await app.close(signal === 'SIGTERM' ? limits.SHUTDOWN_LIMITS.delayMs : 0)
  clearTimeout(timer)
}
