import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { formatAddress, readConfig, SETTINGS, type SettingTexts } from '../src/config.js'
import type { JwtSettings } from '../src/auth/jwt-settings.js'
import { POSTGRES_LIMITS, WORKER_LIMITS } from '../src/limits.js'
import { thrownBy } from './support/outcome.js'

const DEFAULTS = Object.fromEntries(Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback])) as SettingTexts

test('the defaults serve on loopback, from a file under ./data', () => {
  expect(readConfig(DEFAULTS)).toEqual({
    grpc: { host: '127.0.0.1', port: 50051 },
    http: { host: '127.0.0.1', port: 8080 },
    admin: { host: '127.0.0.1', port: 9090 },
    workers: 1,
    publicUrl: '',
    store: { kind: 'sqlite', path: './data/taskplane.db', makeDirectory: true },
    postgresPartitions: 0,
    postgresDurability: 'checked',
    redact: [],
    limits: {},
    sight: { log: { format: 'auto', level: 'info' }, audit: undefined, trace: undefined },
    identity: { jwt: undefined, mtls: false, accessFile: undefined, tls: undefined },
    reflection: true,
    console: undefined,
  })
})

test('the console signs people in at the issuer of tokens, and only there', () => {
  const jwt = { auth: 'jwt', jwtIssuer: 'https://login.example.com/', jwtAudience: 'taskplane' }
  const console = { consoleClientId: 'console', consoleScope: 'openid tasks' }
  expect(readConfig({ ...DEFAULTS, ...jwt, ...console }).console).toEqual({
    issuer: 'https://login.example.com/',
    clientId: 'console',
    scope: 'openid tasks',
  })
  for (const texts of [console, { ...jwt, ...console, jwtIssuer: 'kubernetes/serviceaccount', jwtKeysFile: 'keys.json' }]) {
    const { message } = thrownBy(() => readConfig({ ...DEFAULTS, ...texts })) as Error
    expect(message).toContain('--console-client-id (TASKPLANE_CONSOLE_CLIENT_ID) is "console"; expected nothing without')
  }
})

test.each([
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
])('%s is an address', (text, expected) => {
  const { grpc } = readConfig({ ...DEFAULTS, grpc: text, allowAnonymous: 'yes' })
  expect(grpc).toEqual(expected)
  expect(formatAddress(grpc)).toBe(text)
})

test.each([
  ['', ''],
  ['https://tasks.example.com', 'https://tasks.example.com'],
  ['http://[::1]:8080/', 'http://[::1]:8080'],
  ['https://example.com/a/task-plane/', 'https://example.com/a/task-plane'],
])('%s is a public URL', (publicUrl, expected) => {
  expect(readConfig({ ...DEFAULTS, publicUrl }).publicUrl).toBe(expected)
})

test('names that are secret may leave out a part', () => {
  expect(readConfig({ ...DEFAULTS, redact: 'admin*, *.pin' }).redact).toEqual(['admin*', '*.pin'])
})

test.each([
  ['grpc', ''],
  ['grpc', '127.0.0.1'],
  ['grpc', ':50051'],
  ['grpc', '127.0.0.1:65536'],
  ['grpc', '127.0.0.1:-1'],
  ['grpc', '127.0.0.1:80x'],
  ['grpc', '::1:80'],
  ['http', 'http://127.0.0.1:80'],
  ['admin', 'a b:80'],
  ['publicUrl', 'tasks.example.com'],
  ['publicUrl', '/tasks'],
  ['publicUrl', 'ftp://tasks.example.com'],
  ['publicUrl', 'https://user:word@tasks.example.com'],
  ['publicUrl', 'https://tasks.example.com/?a=b'],
  ['publicUrl', 'https://tasks.example.com/#a'],
  ['publicUrl', 'https://tasks.example.com\r\nx-y: z'],
  ['publicUrl', 'https://:443'],
  ['store', ''],
  ['store', 'sqlite:'],
  ['store', 'sqlite::memory:'],
  ['store', '/var/lib/tasks.db'],
  ['store', 'mysql://localhost/tasks'],
  ['redact', 'a b'],
  ['redact', 'a..b'],
  ['workers', ''],
  ['workers', '0'],
  ['workers', '1.5'],
  ['workers', String(WORKER_LIMITS.workers + 1)],
  ['workers', 'all'],
  ['postgresPartitions', '-1'],
  ['postgresPartitions', String(POSTGRES_LIMITS.partitions + 1)],
  ['postgresPartitions', 'many'],
  ['postgresDurability', 'off'],
  ['logFormat', 'yaml'],
  ['logLevel', 'loud'],
  ['audit', ''],
  ['trace', 'localhost:4318'],
  ['trace', 'file:///tmp/traces'],
] as const)('--%s %j is refused, by its flag and its variable', (name, text) => {
  const { message } = thrownBy(() => readConfig({ ...DEFAULTS, [name]: text })) as Error
  expect(message).toContain(`--${SETTINGS[name].flag} (${SETTINGS[name].variable}) is ${JSON.stringify(text)}; expected `)
})

test('all faults are named together', () => {
  const { message } = thrownBy(() =>
    readConfig({ ...DEFAULTS, grpc: 'x', http: 'localhost:1', admin: 'localhost:1', publicUrl: 'z', store: 'y', redact: 'a b', limits: 'a.b=1' }),
  ) as Error
  expect(message.split('\n')).toHaveLength(7)
  expect(message).toContain('--admin-address and --http-address are both localhost:1')
})

test('port 0 may be asked for everywhere', () => {
  readConfig({ ...DEFAULTS, grpc: 'localhost:0', http: 'localhost:0', admin: 'localhost:0' })
})

const JWT = { auth: 'jwt', jwtIssuer: 'https://login.example.com', jwtAudience: 'taskplane' } as const
const TLS = { tlsCert: 'c', tlsKey: 'k' } as const
const MTLS = { ...TLS, auth: 'mtls', tlsClientCa: 'ca', accessFile: 'a' } as const

function jwtOf(texts: Partial<SettingTexts>): JwtSettings | undefined {
  return readConfig({ ...DEFAULTS, ...JWT, ...texts }).identity.jwt
}

test('tokens need an issuer and an audience, and nothing else', () => {
  expect(jwtOf({})).toEqual({
    issuer: 'https://login.example.com',
    audiences: ['taskplane'],
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    types: ['at+jwt', 'jwt'],
    keys: { kind: 'discovery' },
    claims: { name: 'sub', instances: 'instances', roles: 'roles' },
  })
  expect(jwtOf({ jwtTypes: 'application/AT+JWT, absent' })?.types).toEqual(['at+jwt', 'absent'])
  expect(jwtOf({ jwtIssuer: 'kubernetes/serviceaccount', jwtKeysFile: 'keys.json' })?.keys).toEqual({ kind: 'file', path: 'keys.json' })
  expect(jwtOf({ jwtKeysUrl: 'http://127.0.0.1:1/keys' })?.keys).toEqual({ kind: 'url', url: 'http://127.0.0.1:1/keys' })
})

test('client certificates need TLS, an authority and grants', () => {
  const { mtls, accessFile, tls, jwt } = readConfig({ ...DEFAULTS, ...MTLS }).identity
  expect({ mtls, accessFile, tls, jwt }).toEqual({ mtls: true, accessFile: 'a', tls: { cert: 'c', key: 'k', clientCa: 'ca' }, jwt: undefined })
  expect(readConfig({ ...DEFAULTS, ...MTLS, ...JWT, auth: 'jwt,mtls' }).identity.jwt).toBeDefined()
})

test.each<[string, Partial<SettingTexts>]>([
  ['127.0.0.1', { grpc: '127.0.0.1:1', http: '127.255.0.1:2' }],
  ['::1', { grpc: '[::1]:1', http: '[::1]:2' }],
  ['localhost', { grpc: 'localhost:1', http: 'LOCALHOST:2' }],
  ['anywhere, for probes', { admin: '0.0.0.0:1' }],
  ['anywhere, with tokens', { ...JWT, grpc: '0.0.0.0:1' }],
  ['anywhere, when insisted on', { grpc: '0.0.0.0:1', http: '[::]:2', allowAnonymous: 'yes' }],
])('serves at %s', (_name, texts) => {
  readConfig({ ...DEFAULTS, ...texts })
})

test.each<[string, Partial<SettingTexts>]>([
  ['0.0.0.0:1', { grpc: '0.0.0.0:1' }],
  ['[::]:1', { http: '[::]:1' }],
  ['192.0.2.1:1', { http: '192.0.2.1:1' }],
  ['example.com:1', { grpc: 'example.com:1' }],
  ['0.0.0.0:1 and 0.0.0.0:2', { grpc: '0.0.0.0:1', http: '0.0.0.0:2' }],
])('does not serve everybody at %s', (address, texts) => {
  const { message } = thrownBy(() => readConfig({ ...DEFAULTS, ...texts })) as Error
  expect(message).toContain(`--auth none on ${address}: anybody could do everything; expected --auth jwt or mtls, or --insecure-allow-anonymous yes`)
})

test.each<[string, Partial<SettingTexts>]>([
  ['auth', { auth: '' }],
  ['auth', { auth: 'basic' }],
  ['auth', { auth: 'none,jwt' }],
  ['allowAnonymous', { allowAnonymous: 'true' }],
  ['reflection', { reflection: 'no' }],
  ['jwtIssuer', { ...JWT, jwtIssuer: '' }],
  ['jwtIssuer', { ...JWT, jwtIssuer: 'http://login.example.com' }],
  ['jwtIssuer', { jwtIssuer: 'https://login.example.com' }],
  ['jwtAudience', { ...JWT, jwtAudience: ' , ' }],
  ['jwtKeysUrl', { ...JWT, jwtKeysUrl: 'http://login.example.com/keys' }],
  ['jwtKeysUrl', { ...JWT, jwtKeysUrl: 'file:///keys' }],
  ['jwtAlgorithms', { ...JWT, jwtAlgorithms: 'HS256' }],
  ['jwtAlgorithms', { ...JWT, jwtAlgorithms: 'RS256,none' }],
  ['jwtTypes', { ...JWT, jwtTypes: '' }],
  ['jwtNameClaim', { ...JWT, jwtNameClaim: '' }],
  ['jwtRolesClaim', { ...JWT, jwtRolesClaim: '/a~' }],
  ['jwtInstancesClaim', { ...JWT, jwtInstancesClaim: '/a~2' }],
  ['accessFile', { accessFile: 'a' }],
  ['accessFile', { ...MTLS, accessFile: '' }],
  ['tlsKey', { ...TLS, tlsKey: '' }],
  ['tlsCert', { ...TLS, tlsCert: '' }],
  ['tlsCert', { ...MTLS, tlsCert: '' }],
  ['tlsClientCa', { ...TLS, tlsClientCa: 'ca' }],
  ['tlsClientCa', { ...MTLS, tlsClientCa: '' }],
])('a wrong %s is refused: %j', (name, texts) => {
  const { message } = thrownBy(() => readConfig({ ...DEFAULTS, ...texts })) as Error
  const { flag, variable } = SETTINGS[name as keyof SettingTexts]
  expect(message).toContain(`--${flag} (${variable}) is `)
})

test('keys come from one place', () => {
  const { message } = thrownBy(() => jwtOf({ jwtKeysUrl: 'https://a.example.com', jwtKeysFile: 'keys.json' })) as Error
  expect(message).toContain('--jwt-jwks-url and --jwt-jwks-file are both given')
})

describe('the URL of a PostgreSQL database', () => {
  const url = 'postgres://ann:s3cret@db.example:5432/tasks?password=s3cret'

  test('is read whole and shown without what lets others in', () => {
    const config = readConfig({ ...DEFAULTS, store: url, postgresPartitions: String(POSTGRES_LIMITS.partitions) })
    expect(config.store.kind === 'postgres' && config.store.url.reveal()).toBe(url)
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ store: { kind: 'postgres', url: 'postgres://db.example:5432/tasks' } })
    expect(inspect(config, { depth: 9 })).not.toContain('s3cret')
  })

  test.each(['postgres://ann:s3cret@db.example', 'postgres://ann:s3cret@db.example:x/tasks'])('%s is refused without being shown', (store) => {
    const { message } = thrownBy(() => readConfig({ ...DEFAULTS, store })) as Error
    expect(message).toContain('--store (TASKPLANE_STORE) is "postgres:..."; expected postgres://user@host:port/database')
    expect(message).not.toContain('s3cret')
  })
})
