// What is filled in becomes a filter that the server reads, whatever characters it holds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterText, isBlank, NO_FILTER, type TaskFilter } from '../../src/console/list/task-filter.js'
import { STATUSES } from '../../src/console/api/task.js'
import { parseFilter } from '../../src/task/filter-parser.js'

describe('fields', () => {
  for (const [filter, expected] of [
    [{}, ''],
    [{ statuses: ['RUNNING', 'FAILED'] }, 'status = RUNNING OR status = FAILED'],
    [{ command: ' cluster.* ' }, 'command = "cluster.*"'],
    [{ service: 'backup', createdBy: 'ops@example.com' }, 'service = "backup" AND created_by = "ops@example.com"'],
    [{ label: 'env=prod' }, 'labels."env" = "prod"'],
    [{ label: 'app.kubernetes.io/name = web' }, 'labels."app.kubernetes.io/name" = "web"'],
    [{ label: 'env' }, 'labels:"env"'],
    [{ label: '=prod' }, ''],
    [{ expression: 'outcome = PARTIAL' }, 'outcome = PARTIAL'],
    [{ statuses: ['SUCCEEDED'], expression: 'outcome = PARTIAL' }, 'status = SUCCEEDED AND (outcome = PARTIAL)'],
    [{ command: 'say "hi" \\' }, String.raw`command = "say \"hi\" \\"`],
  ] as const satisfies readonly (readonly [Partial<TaskFilter>, string])[]) {
    test(JSON.stringify(filter), () => expect(filterText({ ...NO_FILTER, ...filter })).toBe(expected))
  }

  test('a text is looked for at the beginning of five fields', () => {
    expect(filterText({ ...NO_FILTER, text: 'clu', command: 'x' })).toBe(
      'command = "x" AND command = "clu*" OR service = "clu*" OR created_by = "clu*" OR resource.id = "clu*" OR resource.type = "clu*"',
    )
    expect(filterText({ ...NO_FILTER, text: 'clu*' })).toBe(filterText({ ...NO_FILTER, text: 'clu' }))
  })
})

test('the server can read every filter', () => {
  // A star means something to the server, and only at the end.
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('*', ''))
  const key = fc.stringMatching(/^[a-z]([a-z._/-]{0,8}[a-z])?$/)
  const label = fc.oneof(fc.constant(''), key, fc.tuple(key, text).map(([name, value]) => `${name}=${value}`))
  const filter = fc.record({ statuses: fc.subarray([...STATUSES]), command: text, service: text, createdBy: text, label, text })
  fc.assert(
    fc.property(filter, (fields) => {
      const filled = { ...NO_FILTER, ...fields }
      expect(parseFilter(filterText(filled)) === undefined).toBe(isBlank(filled))
    }),
  )
})
