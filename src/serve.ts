// `taskplane serve`: a server process, from its configuration to its exit code.
import { Command, Option } from 'commander'
import type { Logger } from 'pino'
import { startApp, type App } from './app.js'
import { nodeWarning } from './base/node-release.js'
import { readConfig, SETTINGS, type Config, type SettingTexts } from './config.js'
import type { Setting } from './config/setting.js'
import * as limits from './limits.js'
import { openLog, type ProcessLog } from './sight/process-log.js'
import { Sight, type SightParts } from './sight/sight.js'
import type { Tracing } from './sight/tracing.js'
import { stopSignal } from './stop-signal.js'

/** Runs the server of program `version` until SIGTERM or SIGINT; a second one ends it at once. */
export function serveCommand(version: string): Command {
  const command = new Command('serve').description('serve tasks over gRPC and REST')
  const options = Object.entries<Setting>(SETTINGS).map(([name, setting]) => ({ name, option: optionOf(setting) }))
  for (const { option } of options) command.addOption(option)
  return command.action(async (values: Readonly<Record<string, string>>) => {
    const texts = options.map(({ name, option }) => [name, values[option.attributeName()] ?? ''])
    await serve(Object.fromEntries(texts) as SettingTexts, version)
  })
}

function optionOf({ flag, form, description, variable, fallback }: Setting): Option {
  return new Option(`--${flag} <${form}>`, description).env(variable).default(fallback)
}

async function serve(texts: SettingTexts, version: string): Promise<void> {
  const config = configOrExit(texts)
  const processLog = openLog(config.sight.log)
  const { log } = processLog
  try {
    log.info({ version, node: process.version, config, limits: { ...limits } }, 'starting')
    const warning = nodeWarning(process.version, new Date())
    if (warning !== undefined) log.warn(warning)
    await run(config, processLog, version)
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

async function run(config: Config, processLog: ProcessLog, version: string): Promise<void> {
  const { log } = processLog
  const stopped = stopSignal(log)
  const { audit, trace } = config.sight
  const tracing = trace === undefined ? undefined : await openTracing(trace, version)
  const sight = openSight({ ...processLog, version, audit, tracing })
  const app = await startApp(config, {
    sight,
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
  await processLog.output.drained()
  // What a client left open must not keep the process.
  process.exit(0)
}

/** Throws an Error that names the setting when the audit log cannot be opened. */
function openSight(parts: SightParts): Sight {
  try {
    return new Sight(parts)
  } catch (cause) {
    const { flag, variable } = SETTINGS.audit
    const path = parts.audit?.kind === 'file' ? parts.audit.path : '-'
    throw new Error(`Cannot start:\n  Cannot open --${flag} (${variable}) ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Loaded only when it is asked for: it takes as long as everything else together. */
async function openTracing(endpoint: string, version: string): Promise<Tracing> {
  const { startTracing } = await import('./sight/tracing.js')
  return startTracing(endpoint, version)
}

async function stopInTime(app: App, log: Logger): Promise<void> {
  const timer = setTimeout(() => {
    log.error('could not stop in time: ending')
    process.exit(1)
  }, limits.SHUTDOWN_LIMITS.hardStopMs)
  await app.close()
  clearTimeout(timer)
}
