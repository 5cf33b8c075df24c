// The tables of docs/OPERATIONS.md that are made of the program itself. Run, it writes them: `npm run gen:docs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SETTINGS } from '../../src/config.js'
import type { Setting } from '../../src/config/setting.js'
import { everyMetric } from './every-metric.js'

export const OPERATIONS = 'docs/OPERATIONS.md'

/** `text` with every generated table as it has to be. Throws Error when a place for one is missing. */
export async function withTables(text: string): Promise<string> {
  const metrics = (await everyMetric()).filter(({ name }) => name.startsWith('taskplane_'))
  const tables = {
    settings: table(
      ['Flag', 'Variable', 'Default', 'What for'],
      Object.values<Setting>(SETTINGS).map(({ flag, variable, fallback, form, description }) => [
        `\`--${flag} <${form}>\``,
        `\`${variable}\``,
        `\`${fallback}\``,
        description,
      ]),
    ),
    metrics: table(['Metric', 'Type', 'What it says'], metrics.map(({ name, type, help }) => [`\`${name}\``, type, help])),
  }
  return Object.entries(tables).reduce(replaced, text)
}

function replaced(text: string, [name, rows]: [name: string, rows: string]): string {
  const [begin, end] = [`<!-- begin ${name}: npm run gen:docs -->\n`, `<!-- end ${name} -->`]
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`There is no place for the table of ${name}`)
  return `${before}${begin}${rows}${end}${after}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`)
  return lines.join('')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(OPERATIONS, await withTables(readFileSync(OPERATIONS, 'utf8')))
  process.exit(0)
}
