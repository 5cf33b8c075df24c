// The settings of `taskplane serve`: flags and environment, read once, all faults reported together.

import type { AuditTarget } from './sight/audit-log.js'
import { LOG_FORMATS, LOG_LEVELS, type LogConfig } from './sight/process-log.js'

/** One setting: its flag, its environment variable, its default. */
export interface Setting {
  /** Long flag without its dashes, such as `grpc-address`. */
  readonly flag: string
  readonly variable: string
  /** How the value looks, for the help text. */
  readonly form: string
  readonly fallback: string
  readonly description: string
}

/** A port to listen on. */
export interface Address {
  readonly host: string
  /** 0 to 65535; 0 takes any free port. */
  readonly port: number
}

export interface Config {
  readonly grpc: Address
  readonly http: Address
  readonly admin: Address
  readonly store: StoreConfig
  /** Names and paths of payload fields that are secret beside the obvious ones. */
  readonly redact: readonly string[]
  readonly log: LogConfig
  /** Undefined: no audit log. */
  readonly audit: AuditTarget | undefined
  /** Base URL of an OTLP/HTTP receiver; undefined: no traces. */
  readonly trace: string | undefined
}

/** The embedded store. */
export interface StoreConfig {
  readonly kind: 'sqlite'
  readonly path: string
  /** Only the default place is made; a mistyped one is an error, not an empty store. */
  readonly makeDirectory: boolean
}

/** Every setting, by its name in the configuration. */
export const SETTINGS = {
  grpc: {
    flag: 'grpc-address',
    variable: 'TASKPLANE_GRPC_ADDRESS',
    form: 'host:port',
    fallback: '127.0.0.1:50051',
    description: 'where gRPC is served',
  },
  http: {
    flag: 'http-address',
    variable: 'TASKPLANE_HTTP_ADDRESS',
    form: 'host:port',
    fallback: '127.0.0.1:8080',
    description: 'where REST is served',
  },
  admin: {
    flag: 'admin-address',
    variable: 'TASKPLANE_ADMIN_ADDRESS',
    form: 'host:port',
    fallback: '127.0.0.1:9090',
    description: 'where /livez, /readyz and /metrics are served',
  },
  store: {
    flag: 'store',
    variable: 'TASKPLANE_STORE',
    form: 'sqlite:path',
    fallback: 'sqlite:./data/taskplane.db',
    description: 'where tasks are kept',
  },
  redact: {
    flag: 'redact',
    variable: 'TASKPLANE_REDACT',
    form: 'names',
    fallback: '',
    description: 'payload fields that are never stored, beside passwords and the like: names or paths, with commas between',
  },
  logFormat: {
    flag: 'log-format',
    variable: 'TASKPLANE_LOG_FORMAT',
    form: 'form',
    fallback: 'auto',
    description: 'how the log looks: json, text, or auto, which is text on a terminal and JSON elsewhere',
  },
  logLevel: {
    flag: 'log-level',
    variable: 'TASKPLANE_LOG_LEVEL',
    form: 'level',
    fallback: 'info',
    description: 'what is logged: debug (every call), info (writes, slow calls), warn (denied calls, overload, outages), error (faults)',
  },
  audit: {
    flag: 'audit-log',
    variable: 'TASKPLANE_AUDIT_LOG',
    form: 'path',
    fallback: 'none',
    description: 'where changes of tasks and denied calls are recorded: a file (opened anew on SIGHUP), - for standard output, none',
  },
  trace: {
    flag: 'trace',
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    form: 'url',
    fallback: '',
    description: 'where OpenTelemetry traces are sent, over OTLP/HTTP, such as http://127.0.0.1:4318; nowhere when empty',
  },
} as const satisfies Readonly<Record<string, Setting>>

/** The text of each setting, from its flag or its variable. */
export type SettingTexts = Readonly<Record<keyof typeof SETTINGS, string>>

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/

/** Reads the settings. Throws an Error whose message names every fault: flag, variable, what was found, what was expected. */
export function readConfig(texts: SettingTexts): Config {
  const faults: string[] = []
  const address = (name: 'grpc' | 'http' | 'admin'): Address => {
    const read = readAddress(texts[name])
    if (read === undefined) faults.push(faultOf(SETTINGS[name], texts[name], 'host:port, such as 127.0.0.1:8080 or [::1]:0'))
    return read ?? { host: '', port: 0 }
  }
  const config: Config = {
    grpc: address('grpc'),
    http: address('http'),
    admin: address('admin'),
    store: readStore(texts.store, faults),
    redact: readNames(texts.redact, faults),
    log: {
      format: readChoice('logFormat', LOG_FORMATS, texts, faults),
      level: readChoice('logLevel', LOG_LEVELS, texts, faults),
    },
    audit: readAudit(texts.audit, faults),
    trace: readTrace(texts.trace, faults),
  }
  faults.push(...sharedPorts(texts))
  if (faults.length > 0) throw new Error(`Cannot start:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  return config
}

/** `host:port`, with an IPv6 host in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Reads `host:port`; undefined when it is none. */
export function readAddress(text: string): Address | undefined {
  const [, ipv6, name, digits] = ADDRESS.exec(text) ?? []
  const host = ipv6 ?? name
  const port = Number(digits)
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

function readStore(text: string, faults: string[]): StoreConfig {
  const path = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : ''
  // SQLite reads these as something other than the name of a file.
  if (path === '' || path.startsWith(':') || path.startsWith('file:') || path.includes('\0')) {
    faults.push(faultOf(SETTINGS.store, text, 'sqlite: and the path of a file'))
  }
  return { kind: 'sqlite', path, makeDirectory: text === SETTINGS.store.fallback }
}

function readNames(text: string, faults: string[]): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '')
  const isWrong = names.some((name) => !/^[\w*-]+(?:\.[\w*-]+)*$/.test(name))
  if (isWrong) faults.push(faultOf(SETTINGS.redact, text, 'names such as adminPin or paths such as spec.adminPin, with * for any part of a name'))
  return names
}

function readChoice<Choice extends string>(
  name: keyof SettingTexts,
  choices: readonly Choice[],
  texts: SettingTexts,
  faults: string[],
): Choice {
  const choice = choices.find((known) => known === texts[name])
  if (choice === undefined) faults.push(faultOf(SETTINGS[name], texts[name], `one of ${choices.join(', ')}`))
  return choice ?? (SETTINGS[name].fallback as Choice)
}

function readAudit(text: string, faults: string[]): AuditTarget | undefined {
  if (text === '' || text.includes('\0')) faults.push(faultOf(SETTINGS.audit, text, 'the path of a file, -, or none'))
  if (text === 'none') return undefined
  return text === '-' ? { kind: 'stdout' } : { kind: 'file', path: text }
}

function readTrace(text: string, faults: string[]): string | undefined {
  if (text === '') return undefined
  const isUrl = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
  if (!isUrl) faults.push(faultOf(SETTINGS.trace, text, 'the URL of a receiver, such as http://127.0.0.1:4318'))
  return text
}

function sharedPorts(texts: SettingTexts): string[] {
  const ports = (['grpc', 'http', 'admin'] as const).filter((name) => !texts[name].endsWith(':0'))
  return ports.flatMap((name, index) => {
    const other = ports.slice(0, index).find((earlier) => texts[earlier] === texts[name])
    return other === undefined ? [] : [`--${SETTINGS[name].flag} and --${SETTINGS[other].flag} are both ${texts[name]}`]
  })
}

function faultOf({ flag, variable }: Setting, found: string, expected: string): string {
  return `--${flag} (${variable}) is ${JSON.stringify(found)}; expected ${expected}`
}
