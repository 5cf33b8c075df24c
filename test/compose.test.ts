// compose.yaml, the image and the load balancer name things of each other and of the program: all of them exist and agree.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig, SETTINGS, type Config, type SettingTexts } from '../src/config.js'
import { CALL_LIMITS, SHUTDOWN_LIMITS, WATCH_LIMITS } from '../src/limits.js'

const compose = readFileSync('compose.yaml', 'utf8')
const balancer = readFileSync('docs/compose/haproxy.cfg', 'utf8')
const image = readFileSync('Dockerfile', 'utf8')

function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group!)
}

/** The servers' settings in compose.yaml, by variable. */
const environment: Readonly<Record<string, string>> = Object.fromEntries(
  [...compose.matchAll(/^ {6}(TASKPLANE_\w+): (.+)$/gm)].map(([, variable, value]) => [variable!, value!.replaceAll('"', '')] as const),
)

function configured(): Config {
  const texts = Object.entries(SETTINGS).map(([name, { variable, fallback }]) => [name, environment[variable] ?? fallback])
  return readConfig(Object.fromEntries(texts) as SettingTexts)
}

test('the servers are told what the program understands', () => {
  const known = new Set<string>(Object.values(SETTINGS).map(({ variable }) => variable))
  expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([])
  expect(configured().store.kind).toBe('postgres')
})

test('the database is the one that the servers are given', () => {
  const { username, password, hostname, pathname } = new URL(environment['TASKPLANE_STORE']!)
  expect(compose).toContain(`\n  ${hostname}:\n    image: postgres:`)
  const told = ['USER', 'PASSWORD', 'DB'].map((name) => found(compose, new RegExp(`POSTGRES_${name}: (.+)`, 'g'))[0])
  expect(told).toEqual([username, password, pathname.slice(1)])
  expect(compose).toContain(`"--username=${username}", "--dbname=${pathname.slice(1)}"`)
})

test('the load balancer knows every server, by the ports that it has', () => {
  const { grpc, http, admin } = configured()
  const [replicas] = found(compose, /replicas: (\d+)/g)
  const [project] = found(compose, /^name: (\S+)$/gm)
  const names = Array.from({ length: Number(replicas) }, (_, index) => `${project}-taskplane-${index + 1}`)
  for (const { port } of [grpc, http]) expect(found(balancer, new RegExp(String.raw`server \d+ (\S+):${port}\b`, 'g'))).toEqual(names)
  expect(found(balancer, /check port (\d+)/g)).toEqual([String(admin.port)])
  const published = found(compose, /"127\.0\.0\.1:\d+:(\d+)"/g).toSorted()
  expect(found(balancer, /bind :(\d+)/g).toSorted()).toEqual(published)
})

test('waits that the servers allow are not cut off on the way', () => {
  for (const seconds of found(balancer, /timeout (?:client|server) (\d+)s/g)) {
    expect(Number(seconds) * 1000).toBeGreaterThan(Math.max(CALL_LIMITS.deadlineMaxMs, WATCH_LIMITS.bookmarkMs))
  }
  expect(Number(found(compose, /stop_grace_period: (\d+)s/g)[0]) * 1000).toBeGreaterThan(SHUTDOWN_LIMITS.hardStopMs)
})

test('the image takes what there is, and is asked where the server answers', () => {
  const copied = found(image, /^COPY ([^-].*) \S+$/gm).flatMap((sources) => sources.split(' '))
  expect(copied.filter((source) => !existsSync(source))).toEqual([])
  const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n')
  expect(copied.filter((source) => ignored.includes(source))).toEqual([])
  const { grpc, http, admin } = configured()
  expect(found(image, /^EXPOSE (.+)$/gm)).toEqual([[grpc, http, admin].map(({ port }) => port).join(' ')])
  expect(image).toContain(`http://127.0.0.1:${admin.port}/readyz`)
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: { taskplane: string } }
  expect(image).toContain(`ENTRYPOINT ["node", "${bin.taskplane}"]`)
})
