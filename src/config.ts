// The settings of `taskplane serve`: flags and environment, read once, all faults reported together.
import { IDENTITY_SETTINGS } from './config/identity-settings.js'
import { isLoopback } from './config/loopback.js'
import { readIdentity, type IdentityConfig } from './config/read-identity.js'
import { readSight, type SightConfig } from './config/read-sight.js'
import { faultOf, listOf, type Setting } from './config/setting.js'
import { SIGHT_SETTINGS } from './config/sight-settings.js'

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
  readonly sight: SightConfig
  readonly identity: IdentityConfig
  /** Whether gRPC reflection is served. */
  readonly reflection: boolean
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
  ...SIGHT_SETTINGS,
  ...IDENTITY_SETTINGS,
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
  const grpc = address('grpc')
  const http = address('http')
  const exposed = [grpc, http].filter(({ host }) => host !== '' && !isLoopback(host)).map(formatAddress)
  if (!['on', 'off'].includes(texts.reflection)) faults.push(faultOf(SETTINGS.reflection, texts.reflection, 'on or off'))
  const config: Config = {
    grpc,
    http,
    admin: address('admin'),
    store: readStore(texts.store, faults),
    redact: readNames(texts.redact, faults),
    sight: readSight(texts, faults),
    identity: readIdentity(texts, exposed, faults),
    reflection: texts.reflection === 'on',
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
  const names = listOf(text)
  const isWrong = names.some((name) => !/^[\w*-]+(?:\.[\w*-]+)*$/.test(name))
  if (isWrong) faults.push(faultOf(SETTINGS.redact, text, 'names such as adminPin or paths such as spec.adminPin, with * for any part of a name'))
  return names
}

function sharedPorts(texts: SettingTexts): string[] {
  const ports = (['grpc', 'http', 'admin'] as const).filter((name) => !texts[name].endsWith(':0'))
  return ports.flatMap((name, index) => {
    const other = ports.slice(0, index).find((earlier) => texts[earlier] === texts[name])
    return other === undefined ? [] : [`--${SETTINGS[name].flag} and --${SETTINGS[other].flag} are both ${texts[name]}`]
  })
}
