// The limits that a server is started with: what is read, what is refused, and that nothing reads a limit before it is set.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { readLimits } from '../../src/config/limit-settings.js'
import * as groups from '../../src/limits.js'
import { limitValues, setLimits } from '../../src/set-limits.js'

const before = limitValues()

afterEach(() => setLimits(before))

function read(text: string): { limits: Readonly<Record<string, number>>; faults: string[] } {
  const faults: string[] = []
  return { limits: readLimits(text, faults), faults }
}

test('limits are read by their names', () => {
  expect(read('')).toEqual({ limits: {}, faults: [] })
  expect(read('call.reads=10, shutdown.delayMs=0,grpc.receiveBytes=4194304')).toEqual({
    limits: { 'call.reads': 10, 'shutdown.delayMs': 0, 'grpc.receiveBytes': 4_194_304 },
    faults: [],
  })
})

test.each([
  ['reads', '"reads" is not NAME=VALUE'],
  ['call.reads=', 'is not NAME=VALUE'],
  ['call.reads=1.5', 'is not NAME=VALUE'],
  ['call.reads=-1', 'is not NAME=VALUE'],
  ['call.reads=1e3', 'is not NAME=VALUE'],
  ['call.nothing=1', 'there is no limit call.nothing'],
  ['__proto__=1', 'there is no limit __proto__'],
  ['call.reads=1,call.reads=2', 'call.reads is given twice'],
  ['call.reads=0', 'call.reads is 0; expected 1 to 2147483647'],
  ['watch.lifeMs=2147483648', 'watch.lifeMs is 2147483648; expected 1 to 2147483647'],
  ['grpc.receiveBytes=4194305', 'grpc.receiveBytes is 4194305; expected 1 to 4194304: each of many calls holds that much'],
  ['memory.refusePercent=101', 'memory.refusePercent is 101; expected 1 to 100'],
  ['call.deadlineDefaultMs=60001', 'call.deadlineDefaultMs is 60001, more than call.deadlineMaxMs, which is 60000'],
  ['list.pageBytes=4194305', 'list.pageBytes is 4194305, more than grpc.sendBytes'],
  ['shutdown.drainMs=25001', 'shutdown.delayMs and shutdown.drainMs together are 30001, more than shutdown.hardStopMs, which is 30000'],
])('%s is refused', (text, fault) => {
  expect(read(text).faults).toEqual([expect.stringContaining(fault)])
})

test('every limit can be set as it is', () => {
  const text = Object.entries(before).map(([name, value]) => `${name}=${value}`)
  expect(read(text.join(','))).toEqual({ limits: before, faults: [] })
})

test('what is set holds, and a wrong name sets nothing', () => {
  expect(() => setLimits({ 'call.reads': 7, 'call.nothing': 1 })).toThrow('There is no limit call.nothing')
  expect(groups.CALL_LIMITS.reads).toBe(before['call.reads'])
  setLimits({ 'call.reads': 7 })
  expect(groups.CALL_LIMITS.reads).toBe(7)
  expect(limitValues()).toEqual({ ...before, 'call.reads': 7 })
})

test('no module reads a limit while it is loaded', async () => {
  const tooEarly: string[] = []
  let module = ''
  for (const group of Object.values<Record<string, number>>(groups)) {
    for (const [name, value] of Object.entries(group)) {
      const get = (): number => {
        if (module !== '') tooEarly.push(`${module} reads ${name}`)
        return value
      }
      Object.defineProperty(group, name, { get, set: () => undefined, configurable: true, enumerable: true })
    }
  }
  const source = join(import.meta.dirname, '../../src')
  // These are programs.
  const isProgram = /(?:^main|writer-worker|worker-main)\.js$/
  const modules = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js') && !isProgram.test(name))
  for (module of modules) await import(pathToFileURL(join(source, module)).href)
  module = ''
  for (const group of Object.values<Record<string, number>>(groups)) {
    for (const [name, value] of Object.entries(group)) Object.defineProperty(group, name, { value, writable: true, configurable: true, enumerable: true })
  }
  expect(modules.length).toBeGreaterThan(100)
  expect(tooEarly).toEqual([])
})
