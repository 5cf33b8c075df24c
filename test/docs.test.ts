// What the documents say of commands, files and limits is true.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { SETTINGS } from '../src/config.js'
import * as limits from '../src/limits.js'
import { everyMetric } from './support/every-metric.js'
import { OPERATIONS, withTables } from './support/operations-tables.js'

const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
)
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

describe.each(DOCUMENTS)('%s', (name) => {
  const text = readFileSync(name, 'utf8')

  test('links to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link).filter((link) => !link.includes('://'))
    expect(links.filter((link) => !existsSync(join(dirname(name), link)))).toEqual([])
  })

  test('names files and scripts that exist', () => {
    const files = [...text.matchAll(/`((?:src|test|docs|proto)\/[\w./-]+\.\w+)`/g)].map(([, file = '']) => file)
    expect(files.filter((file) => !existsSync(file))).toEqual([])
    const commands = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script)
    expect(commands.filter((script) => !(script in scripts))).toEqual([])
  })
})

/** Limits that nobody outside can reach: how work is cut up, and when it is done. */
const INSIDE = new Set([
  'sweepIntervalMs', 'readAgainMs', 'keptStatements', 'busyTimeoutMs', 'purgeIntervalMs', 'purgeLooks',
  'gatewayDrainMs', 'reloadMs', 'writers', 'statementMs', 'idleInTransactionMs', 'keepAliveMs',
  'idleMs', 'lifetimeMs', 'retryMs', 'notifyDelayMs', 'pollMs', 'pollLostMs', 'openAgainMs', 'migrateWaitMs',
  'truncateLockMs', 'fullPipeMs', 'flushAttempts', 'auditEvents',
])

describe.each(Object.entries(limits))('%s', (group, values) => {
  const table = readFileSync('docs/LIMITS.md', 'utf8').split(`## ${group}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...table.matchAll(/^\| `(\w+)` \| ([\d,]+) \| .* \| (?:`(test\/\S+)`)? \|$/gm)]

  test('stands in the table of limits', () => {
    const found = rows.map(([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))])
    expect(Object.fromEntries(found)).toEqual(values)
  })

  test('has a test for each limit, that names it', () => {
    const untested = rows.filter(([, name = '', , file]) => file === undefined || !new RegExp(`\\b${name}\\b`).test(readFileSync(file, 'utf8')))
    expect(untested.map(([, name = '']) => name).filter((name) => !INSIDE.has(name))).toEqual([])
  })
})

describe('guarantees', () => {
  const sections = readFileSync('docs/GUARANTEES.md', 'utf8').split(/^## /m).slice(1)

  test('are P1 to P13', () => {
    expect(sections.map((section) => section.split('.')[0])).toEqual(Array.from({ length: 13 }, (_, index) => `P${index + 1}`))
  })

  test.each(sections.map((section) => [section.split('\n')[0], section]))('%s: its tests exist', (_title, section = '') => {
    const proofs = [...section.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', name = '']) => [file, name] as const)
    expect(proofs.length).toBeGreaterThan(0)
    expect(proofs.filter(([file, name]) => !readFileSync(file, 'utf8').includes(name))).toEqual([])
  })
})

test('every option of the gateway stands in its table', () => {
  const source = readFileSync('src/gateway/options.ts', 'utf8').split('export interface GatewayOptions {')[1] ?? ''
  const options = [...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name)
  const rows = [...readFileSync('docs/GATEWAY.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(rows).toEqual(options)
})

test('every setting stands in the README with its flag, variable and default', () => {
  const readme = readFileSync('README.md', 'utf8')
  for (const { flag, variable, fallback } of Object.values(SETTINGS)) {
    expect(readme).toContain(`| \`--${flag}\` | \`${variable}\` | \`${fallback}\` |`)
  }
})

test('the tables of settings and metrics are those of the program', async () => {
  const text = readFileSync(OPERATIONS, 'utf8')
  expect(text).toBe(await withTables(text))
})

describe('the dashboard and the alerts', () => {
  const dashboard = JSON.parse(readFileSync('docs/grafana-dashboard.json', 'utf8')) as {
    panels: { id: number; title: string; targets: { expr: string }[] }[]
  }
  const alerts = readFileSync('docs/prometheus-alerts.yaml', 'utf8')
  const expressions = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...[...alerts.matchAll(/^ +expr: (.*)$/gm)].map(([, expr = '']) => expr),
  ]
  let known = new Map<string, string>()

  beforeAll(async () => {
    known = new Map((await everyMetric()).map(({ name, type }) => [name, type]))
  })

  test('use metrics that exist', () => {
    const used = new Set(expressions.flatMap((expr) => expr.match(/\b(?:taskplane|process|nodejs)_\w+/g) ?? []))
    expect(used.size).toBeGreaterThan(20)
    expect([...used].filter((name) => !known.has(name) && known.get(name.replace(/_(?:bucket|sum|count)$/, '')) !== 'histogram')).toEqual([])
  })

  test('show every metric of the program somewhere', () => {
    const text = expressions.join('\n')
    expect([...known.keys()].filter((name) => name.startsWith('taskplane_') && !text.includes(name))).toEqual([])
  })

  test('panels have a place and a number of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('each alert has its line of what to do', () => {
    const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    const rows = [...readFileSync(OPERATIONS, 'utf8').matchAll(/^\| `(Taskplane\w+)` \|/gm)].map(([, name]) => name)
    expect(rows).toEqual(names)
  })
})
