import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../src/task/filter-parser.js'
import { TaskError } from '../../src/task/task-error.js'
import { thrownBy } from '../support/outcome.js'

const status = (value: string): object => ({ kind: 'status', comparator: '=', value })
const command = (value: string): object => ({ kind: 'text', field: 'command', comparator: '=', value })

describe('reads', () => {
  test.each([
    ['', undefined],
    ['   ', undefined],
    ['status = RUNNING', status('RUNNING')],
    ['status=RUNNING', status('RUNNING')],
    ['status = "RUNNING"', status('RUNNING')],
    ["status = 'RUNNING'", status('RUNNING')],
    ['status != FAILED', { kind: 'status', comparator: '!=', value: 'FAILED' }],
    ['outcome = PARTIAL', { kind: 'outcome', comparator: '=', value: 'PARTIAL' }],
    ['command = cluster.create', command('cluster.create')],
    ['command = a-b.c-d', command('a-b.c-d')],
    ['command = "with \\"quotes\\" and \\\\"', command('with "quotes" and \\')],
    ['command = cluster.*', { kind: 'prefix', field: 'command', comparator: '=', value: 'cluster.' }],
    ['command != "cluster.*"', { kind: 'prefix', field: 'command', comparator: '!=', value: 'cluster.' }],
    ['resource.id = r1', { kind: 'text', field: 'resource.id', comparator: '=', value: 'r1' }],
    ['created_by = "ann@example.com"', { kind: 'text', field: 'created_by', comparator: '=', value: 'ann@example.com' }],
    ['labels.env = prod', { kind: 'label', key: 'env', comparator: '=', value: 'prod' }],
    ['labels.app.kubernetes.io/name = x', { kind: 'label', key: 'app.kubernetes.io/name', comparator: '=', value: 'x' }],
    ['labels."a-b" = x', { kind: 'label', key: 'a-b', comparator: '=', value: 'x' }],
    ['labels.env : prod', { kind: 'label', key: 'env', comparator: '=', value: 'prod' }],
    ['labels.env = *', { kind: 'label', key: 'env', comparator: '=', value: '*' }],
    ['labels:env', { kind: 'hasLabel', key: 'env' }],
    ['labels.env:*', { kind: 'hasLabel', key: 'env' }],
    ['status = RUNNING AND command = x', { kind: 'and', of: [status('RUNNING'), command('x')] }],
    ['status = RUNNING command = x', { kind: 'and', of: [status('RUNNING'), command('x')] }],
    ['command = a OR command = b', { kind: 'or', of: [command('a'), command('b')] }],
    [
      'status = RUNNING AND command = a OR command = b',
      { kind: 'and', of: [status('RUNNING'), { kind: 'or', of: [command('a'), command('b')] }] },
    ],
    ['NOT status = RUNNING', { kind: 'not', of: status('RUNNING') }],
    ['-status = RUNNING', { kind: 'not', of: status('RUNNING') }],
    ['-(status = RUNNING)', { kind: 'not', of: status('RUNNING') }],
    ['((status = RUNNING))', status('RUNNING')],
    ['command = NOT', command('NOT')],
  ])('%s', (text, expected) => {
    expect(parseFilter(text)).toEqual(expected)
  })

  test.each([
    ['created_at > 2026-01-31T10:00:00Z', '>', '2026-01-31T10:00:00.000Z'],
    ['created_at <= "2026-01-31T10:00:00.5+02:00"', '<=', '2026-01-31T08:00:00.500Z'],
    ['created_at = 2024-02-29t00:00:00z', '=', '2024-02-29T00:00:00.000Z'],
    ['created_at != 0001-01-01T00:00:00Z', '!=', '0001-01-01T00:00:00.000Z'],
  ])('%s', (text, comparator, time) => {
    expect(parseFilter(text)).toEqual({ kind: 'time', field: 'created_at', comparator, value: new Date(time) })
  })
})

describe('refuses', () => {
  test.each([
    ['status', 'Expected a comparison such as =, found the end, at character 7'],
    ['status =', 'Expected a value, found the end'],
    ['= RUNNING', 'Expected a field, found "="'],
    ['status = RUNNING AND', 'Expected a field, found the end'],
    ['status = RUNNING OR', 'Expected a field, found the end'],
    ['(status = RUNNING', 'Expected ), found the end'],
    ['status = RUNNING)', 'Expected AND, OR or the end, found ")"'],
    ['status = running', '"running": expected one of PENDING, RUNNING'],
    ['status = UNRECOGNIZED', 'expected one of PENDING'],
    ['status = STATUS_UNSPECIFIED', 'expected one of PENDING'],
    ['status > RUNNING', 'status cannot be compared with >; expected = or !='],
    ['outcome = GREAT', '"GREAT": expected one of CLEAN, WARNING, PARTIAL'],
    ['name = x', 'Cannot filter by "name"; expected one of status, outcome, command'],
    ['toString = x', 'Cannot filter by "toString"'],
    ['labels = x', '"" cannot be the key of a label'],
    ['labels.-x = y', 'Expected a field'],
    ['labels:"no key"', '"no key" cannot be the key of a label'],
    ['labels.env > x', 'labels.env cannot be compared with >'],
    ['command = a*b', 'A * can only stand at the end of a value'],
    ['command : x', 'command cannot be compared with :'],
    ['created_at > yesterday', '"yesterday": expected a time such as 2026-01-31T23:59:59Z'],
    ['created_at > 2026-02-30T00:00:00Z', 'expected a time'],
    ['created_at > 2026-01-01', 'expected a time'],
    ['created_at > 2026-01-01T24:00:00Z', 'expected a time'],
    ['created_at > 10000-01-01T00:00:00Z', 'expected a time'],
    ['created_at : 2026-01-01T00:00:00Z', 'created_at cannot be compared with :'],
    ['command = "open', 'Unexpected "\\"open"'],
    ['command = x, status = RUNNING', 'Unexpected ", status"'],
    ['regex(command)', 'Expected a comparison such as =, found "("'],
    [`${'('.repeat(9)}status = RUNNING${')'.repeat(9)}`, 'Expected at most 8 levels'],
    [Array.from({ length: 33 }, () => 'status = RUNNING').join(' '), 'Expected at most 32 comparisons'],
    [`command = "${'x'.repeat(2048)}"`, 'Expected at most 2048 bytes'],
  ])('%s', (text, message) => {
    const error = thrownBy(() => parseFilter(text))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FILTER' })
    expect((error as Error).message).toContain(message)
  })

  test('any other text with the same error, and at once', () => {
    const words = fc.constantFrom('status', '=', '!=', 'RUNNING', '(', ')', 'AND', 'OR', 'NOT', '-', '"', '.', ':', '*', 'labels')
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')))
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseFilter(text)
        } catch (error) {
          expect(error).toBeInstanceOf(TaskError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
