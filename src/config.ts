// The settings of `taskplane serve`: flags and environment, read once, all faults reported together.
import { CONSOLE_SETTINGS, readConsole, type ConsoleSignIn } from './config/console-settings.js'
import { IDENTITY_SETTINGS } from './config/identity-settings.js'
import { readLimits } from './config/limit-settings.js'
import { isLoopback } from './config/loopback.js'
import { readIdentity, type IdentityConfig } from './config/read-identity.js'
import { readSight, type SightConfig } from './config/read-sight.js'
import { faultOf, listOf, type Setting } from './config/setting.js'
import { SIGHT_SETTINGS } from './config/sight-settings.js'
import { POSTGRES_LIMITS, WORKER_LIMITS } from './limits.js'
import type { LimitValues } from './set-limits.js'

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
  /** Processes that serve callers. */
  readonly workers: number
  /** Where callers reach the HTTP port, without a slash at the end; '' when answers name paths only. */
  readonly publicUrl: string
  readonly store: StoreConfig
  /** Hash partitions of a PostgreSQL database that is new; 0 for none. */
  readonly postgresPartitions: number
  /** Whether a PostgreSQL database that can lose what it has acknowledged is refused. */
  readonly postgresDurability: 'checked' | 'unchecked'
  /** Names and paths of payload fields that are secret beside the obvious ones. */
  readonly redact: readonly string[]
  /** The limits that are not as they come. */
  readonly limits: LimitValues
  readonly sight: SightConfig
  readonly identity: IdentityConfig
  /** Whether gRPC reflection is served. */
  readonly reflection: boolean
  /** Undefined: the console asks for a token, or for nothing. */
  readonly console: ConsoleSignIn | undefined
}

/** Where tasks are kept. */
export type StoreConfig = SqliteConfig | PostgresConfig

/** The embedded store. */
export interface SqliteConfig {
  readonly kind: 'sqlite'
  readonly path: string
  /** Only the default place is made; a mistyped one is an error, not an empty store. */
  readonly makeDirectory: boolean
}

/** A PostgreSQL database that several servers share. */
export interface PostgresConfig {
  readonly kind: 'postgres'
  readonly url: SecretUrl
}

/** A URL that nobody is shown whole: it may hold a password. */
export class SecretUrl {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The whole URL, for whom it is meant. */
  reveal(): string {
    return this.#text
  }

  /** What logs show: where it leads, without user, password and parameters. */
  toJSON(): string {
    const { protocol, host, pathname } = new URL(this.#text)
    return `${protocol}//${host}${pathname}`
  }
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
  workers: {
    flag: 'workers',
    variable: 'TASKPLANE_WORKERS',
    form: 'number',
    fallback: '1',
    description: 'processes that serve gRPC and REST, one for each core that is to be used; with more than one, another process writes and answers probes',
  },
  publicUrl: {
    flag: 'public-url',
    variable: 'TASKPLANE_PUBLIC_URL',
    form: 'url',
    fallback: '',
    description: 'where callers reach REST, for clients that take no path in Operation-Location',
  },
  store: {
    flag: 'store',
    variable: 'TASKPLANE_STORE',
    form: 'sqlite:path|postgres://...',
    fallback: 'sqlite:./data/taskplane.db',
    description: 'where tasks are kept',
  },
  postgresPartitions: {
    flag: 'postgres-partitions',
    variable: 'TASKPLANE_POSTGRES_PARTITIONS',
    form: 'number',
    fallback: '0',
    description: 'hash partitions of a PostgreSQL database that is new, 0 for none; one that is not keeps those it has',
  },
  postgresDurability: {
    flag: 'postgres-durability',
    variable: 'TASKPLANE_POSTGRES_DURABILITY',
    form: 'checked|unchecked',
    fallback: 'checked',
    description: 'whether to refuse a PostgreSQL database with fsync or synchronous_commit off',
  },
  redact: {
    flag: 'redact',
    variable: 'TASKPLANE_REDACT',
    form: 'names',
    fallback: '',
    description: 'payload fields that are never stored, beside passwords and the like: names or paths, with commas between',
  },
  limits: {
    flag: 'limits',
    variable: 'TASKPLANE_LIMITS',
    form: 'name=value',
    fallback: '',
    description: 'limits to change, such as call.tenantRate=1000, with commas between; docs/LIMITS.md has all of them',
  },
  ...SIGHT_SETTINGS,
  ...IDENTITY_SETTINGS,
  ...CONSOLE_SETTINGS,
} as const satisfies Readonly<Record<string, Setting>>

/** The text of each setting, from its flag or its variable. */
export type SettingTexts = Readonly<Record<keyof typeof SETTINGS, string>>

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/

/** What can stand before a path: nothing that a header could not hold, no user, no query. */
const PUBLIC_URL = /^https?:\/\/[\w.:[\]-]+(?:\/[\w.~%-]+)*\/?$/

/** Reads the settings. Throws an Error whose message names every fault: flag, variable, what was found, what was expected. */
export function readConfig(texts: SettingTexts): Config {
  const faults: string[] = []
  const address = (name: 'grpc' | 'http' | 'admin'): Address => {
    const read = readAddress(texts[name])
    if (read === undefined) faults.push(faultOf(SETTINGS[name], texts[name], 'host:port, such as 127.0.0.1:8080 or [::1]:0'))
    return read ?? { host: '', port: 0 }
  }
  const grpc = address('grpc')
  const http = address('http')
  const exposed = [grpc, http].filter(({ host }) => host !== '' && !isLoopback(host)).map(formatAddress)
  if (!['on', 'off'].includes(texts.reflection)) faults.push(faultOf(SETTINGS.reflection, texts.reflection, 'on or off'))
  const identity = readIdentity(texts, exposed, faults)
  const config: Config = {
    grpc,
    http,
    admin: address('admin'),
    workers: readWorkers(texts.workers, faults),
    publicUrl: readPublicUrl(texts.publicUrl, faults),
    store: readStore(texts.store, faults),
    postgresPartitions: readPartitions(texts.postgresPartitions, faults),
    postgresDurability: readDurability(texts.postgresDurability, faults),
    redact: readNames(texts.redact, faults),
    limits: readLimitTexts(texts.limits, faults),
    sight: readSight(texts, faults),
    identity,
    reflection: texts.reflection === 'on',
    console: readConsole(texts, identity, faults),
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

function readWorkers(text: string, faults: string[]): number {
  const most = WORKER_LIMITS.workers
  const count = /^[1-9]\d?$/.test(text) ? Number(text) : Infinity
  if (count > most) faults.push(faultOf(SETTINGS.workers, text, `1 to ${most}`))
  return count
}

function readPublicUrl(text: string, faults: string[]): string {
  if (text !== '' && !(PUBLIC_URL.test(text) && URL.canParse(text))) {
    faults.push(faultOf(SETTINGS.publicUrl, text, 'http:// or https://, a host and perhaps a path, such as https://tasks.example.com'))
  }
  return text.replace(/\/$/, '')
}

function readStore(text: string, faults: string[]): StoreConfig {
  if (/^postgres(?:ql)?:/.test(text)) return readPostgres(text, faults)
  const path = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : ''
  // SQLite reads these as something other than the name of a file.
  if (path === '' || path.startsWith(':') || path.startsWith('file:') || path.includes('\0')) {
    faults.push(faultOf(SETTINGS.store, text, 'sqlite: and the path of a file, or postgres://user@host:port/database'))
  }
  return { kind: 'sqlite', path, makeDirectory: text === SETTINGS.store.fallback }
}

function readPostgres(text: string, faults: string[]): PostgresConfig {
  const isUrl = URL.canParse(text) && new URL(text).pathname.length > 1
  // What was found may hold a password.
  if (!isUrl) faults.push(faultOf(SETTINGS.store, 'postgres:...', 'postgres://user@host:port/database'))
  return { kind: 'postgres', url: new SecretUrl(isUrl ? text : 'postgres://nowhere/none') }
}

function readPartitions(text: string, faults: string[]): number {
  const most = POSTGRES_LIMITS.partitions
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Infinity
  if (count > most) faults.push(faultOf(SETTINGS.postgresPartitions, text, `0 to ${most}`))
  return count
}

function readDurability(text: string, faults: string[]): Config['postgresDurability'] {
  if (text === 'checked' || text === 'unchecked') return text
  faults.push(faultOf(SETTINGS.postgresDurability, text, 'checked or unchecked'))
  return 'checked'
}

function readNames(text: string, faults: string[]): string[] {
  const names = listOf(text)
  const isWrong = names.some((name) => !/^[\w*-]+(?:\.[\w*-]+)*$/.test(name))
  if (isWrong) faults.push(faultOf(SETTINGS.redact, text, 'names such as adminPin or paths such as spec.adminPin, with * for any part of a name'))
  return names
}

function readLimitTexts(text: string, faults: string[]): LimitValues {
  const wrong: string[] = []
  const limits = readLimits(text, wrong)
  faults.push(...wrong.map((fault) => `--${SETTINGS.limits.flag} (${SETTINGS.limits.variable}): ${fault}`))
  return limits
}

function sharedPorts(texts: SettingTexts): string[] {
  const ports = (['grpc', 'http', 'admin'] as const).filter((name) => !texts[name].endsWith(':0'))
  return ports.flatMap((name, index) => {
    const other = ports.slice(0, index).find((earlier) => texts[earlier] === texts[name])
    return other === undefined ? [] : [`--${SETTINGS[name].flag} and --${SETTINGS[other].flag} are both ${texts[name]}`]
  })
}
