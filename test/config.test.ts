import { expect, test } from 'vitest'
import { formatAddress, readConfig, SETTINGS, type SettingTexts } from '../src/config.js'
import { thrownBy } from './support/outcome.js'

const DEFAULTS = Object.fromEntries(Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback])) as SettingTexts

test('the defaults serve on loopback, from a file under ./data', () => {
  expect(readConfig(DEFAULTS)).toEqual({
    grpc: { host: '127.0.0.1', port: 50051 },
    http: { host: '127.0.0.1', port: 8080 },
    admin: { host: '127.0.0.1', port: 9090 },
    store: { kind: 'sqlite', path: './data/taskplane.db', makeDirectory: true },
    redact: [],
    log: { format: 'auto', level: 'info' },
    audit: undefined,
    trace: undefined,
  })
})

test.each([
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
])('%s is an address', (text, expected) => {
  const { grpc } = readConfig({ ...DEFAULTS, grpc: text })
  expect(grpc).toEqual(expected)
  expect(formatAddress(grpc)).toBe(text)
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
  ['store', ''],
  ['store', 'sqlite:'],
  ['store', 'sqlite::memory:'],
  ['store', '/var/lib/tasks.db'],
  ['store', 'mysql://localhost/tasks'],
  ['redact', 'a b'],
  ['redact', 'a..b'],
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
  const { message } = thrownBy(() => readConfig({ ...DEFAULTS, grpc: 'x', http: 'same:1', admin: 'same:1', store: 'y', redact: 'a b' })) as Error
  expect(message.split('\n')).toHaveLength(5)
  expect(message).toContain('--admin-address and --http-address are both same:1')
})

test('port 0 may be asked for everywhere', () => {
  readConfig({ ...DEFAULTS, grpc: 'localhost:0', http: 'localhost:0', admin: 'localhost:0' })
})
