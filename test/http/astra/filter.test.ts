// Filters: every operator on every kind of field, the grammar, and that the store and the face agree.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Task } from '../../../gen/openshift/v1/task.js'
import { matchesAll, OPERATORS, readFilters } from '../../../src/http/astra/filter.js'
import { FILTER_FIELDS } from '../../../src/http/astra/filter-fields.js'
import { InvalidParams, type InvalidParam } from '../../../src/http/astra/invalid-params.js'
import { splitFilter } from '../../../src/http/astra/stored-filter.js'
import { LIST_LIMITS } from '../../../src/limits.js'
import { matches } from '../../../src/task/filter-match.js'
import { arbitraryTask } from '../../support/arbitrary-task.js'
import { BACKUP, PREPARATION } from './examples.js'

const TASK: Task = {
  ...PREPARATION,
  progressPercent: 20,
  orderHint: -3,
  labels: { env: 'prod', team: 'blue' },
  statusDetails: [{ type: 'disk', title: 'Slow disk', detail: 'It is slow' }],
  cancelledAt: new Date('2026-01-02T03:04:05.006Z'),
}

function isMatch(filters: string | readonly string[], task = TASK): boolean {
  const invalid = new InvalidParams()
  const clauses = readFilters([filters].flat(), invalid)
  expect(invalid.list).toEqual([])
  return matchesAll(clauses, task)
}

/** An ascending triple of values of each field: one below that of TASK, that one, one above. */
const VALUES = [
  ['name', 'astra.backup', 'astra.backup.prep', 'astra.backup.prepa'],
  ['percentDone', '9.5', '20', '100'],
  ['orderHint', '-10', '-3', '0'],
  ['startTime', '2020-08-06T12:24:52Z', '2020-08-06T12:24:52.256Z', '2020-08-06T12:24:52.256000001Z'],
  ['cancelTime', '2025-12-31T23:59:59Z', '2026-01-02T03:04:05.006000Z', '2026-01-02T03:04:05.1Z'],
] as const

describe('every operator on every kind', () => {
  for (const [field, below, same, above] of VALUES) {
    for (const [operator, expected] of [
      ['eq', [false, true, false]],
      ['lt', [false, false, true]],
      ['gt', [true, false, false]],
      ['lte', [false, true, true]],
      ['gte', [true, true, false]],
      ['in', [false, true, false]],
    ] as const) {
      test(`${field} ${operator}`, () => {
        expect([below, same, above].map((value) => isMatch(`${field} ${operator} '${value}'`))).toEqual(expected)
      })
    }
  }
})

test('times are compared as times, and numbers as numbers, not as text', () => {
  expect(isMatch(`startTime eq '2020-08-06T12:24:52.256000000Z'`)).toBe(true)
  expect(isMatch(`percentDone eq '2e1'`)).toBe(true)
})

/** A value of every field there is, as TASK has it. */
const EVERY_FIELD = {
  type: 'application/astra-task',
  version: '1.1',
  id: PREPARATION.id,
  name: 'astra.backup.prep',
  summary: 'Backup preparation',
  description: 'Task to prepare for the application backup',
  service: 'nautilus',
  parentTaskID: PREPARATION.parentTaskId,
  userID: PREPARATION.createdBy,
  resourceID: PREPARATION.resource!.id,
  resourceURI: PREPARATION.resource!.uri,
  'resourceCollectionURI[*]': PREPARATION.resource!.collectionUris[1]!,
  state: 'running',
  'stateTransitions[*].from': 'paused',
  'stateTransitions[*].to[*]': 'cancelled',
  'stateDetails[*].type': 'disk',
  'stateDetails[*].title': 'Slow disk',
  'stateDetails[*].detail': 'It is slow',
  orderHint: '-3',
  percentDone: '20',
  startTime: '2020-08-06T12:24:52.256Z',
  endTime: '2020-08-06T12:26:52.256Z',
  cancelTime: '2026-01-02T03:04:05.006Z',
  'metadata.labels[*].name': 'team',
  'metadata.labels[*].value': 'prod',
  'metadata.creationTimestamp': '2020-08-06T12:24:52.256Z',
  'metadata.modificationTimestamp': '2020-08-06T12:26:52.256Z',
  'metadata.createdBy': '00000000-0000-0000-0000-000000000000',
  'metadata.modifiedBy': PREPARATION.createdBy,
} as const

test('every documented field can be compared', () => {
  const endedAt = new Date('2020-08-06T12:26:52.256Z')
  const task = { ...TASK, endedAt, modifiedAt: endedAt, modifiedBy: PREPARATION.createdBy }
  expect([...FILTER_FIELDS.keys()]).toEqual(Object.keys(EVERY_FIELD))
  for (const [field, value] of Object.entries(EVERY_FIELD)) expect([field, isMatch(`${field} eq '${value}'`, task)]).toEqual([field, true])
})

test.each([
  [`endTime lt '2030-01-01T00:00:00Z'`, 'a task without the field matches nothing'],
  [`endTime gt '2000-01-01T00:00:00Z'`, 'whatever the operator'],
  [`metadata.labels[*].name eq 'prod'`, 'each part of an item has its own path'],
])('%s does not match: %s', (filter) => {
  expect(isMatch(filter)).toBe(false)
})

test.each([
  [`state eq 'running',percentDone gte '20'`, true, 'commas mean and'],
  [`state eq 'running',percentDone gt '20'`, false, 'commas mean and'],
  [[`state eq 'running'`, `service eq 'nautilus'`], true, 'several filters mean and'],
  [[`state eq 'running'`, `service eq 'argo'`], false, 'several filters mean and'],
  [`state in 'paused, running'`, true, 'in takes any of several'],
  [`state in 'paused,failed'`, false, 'in takes any of several'],
  [`state%20eq%20'running'`, true, 'blanks may be encoded twice'],
  [` state  eq  'running' , service eq 'nautilus' `, true, 'more blanks do no harm'],
  [`metadata.labels[*].value eq 'a,b eq'`, false, 'a comma in quotes is text'],
] as const)('%j is %j: %s', (...[filters, expected]) => {
  expect(isMatch(filters)).toBe(expected)
})

test.each([
  ['', 'FIELD OPERATOR'],
  [`state`, 'FIELD OPERATOR'],
  [`state eq running`, 'FIELD OPERATOR'],
  [`state eq "running"`, 'FIELD OPERATOR'],
  [`state eq 'running`, 'FIELD OPERATOR'],
  [`state eq 'running' and service eq 'x'`, 'at character 1'],
  [`state eq 'running',`, 'at character 20'],
  [`state eq ''`, 'not empty'],
  [`state in 'a,,b'`, 'not empty'],
  [`state ne 'running'`, 'eq, lt, gt, lte, gte, in'],
  [`state EQ 'running'`, 'eq, lt, gt, lte, gte, in'],
  [`state toString 'running'`, 'eq, lt, gt, lte, gte, in'],
  [`colour eq 'red'`, 'cannot filter by'],
  [`metadata.labels.name eq 'env'`, 'metadata.labels[*].name'],
  [`metadata eq 'x'`, 'cannot filter by'],
  [`percentDone eq 'much'`, 'a number'],
  [`percentDone gt 'NaN'`, 'a number'],
  [`startTime gt 'yesterday'`, 'a time such as'],
  [`startTime gt '2026-01-01T00:00:00+01:00'`, 'a time such as'],
  [`startTime gt '2026-02-30T00:00:00Z'`, 'a time such as'],
])('%j is refused, and says %j', (filter, expected) => {
  const faults = faultsOf([filter])
  expect(faults.map(({ name }) => name)).toEqual(['filter'])
  expect(faults[0]!.reason).toContain(expected)
})

test('every fault of several filters is named', () => {
  expect(faultsOf([`a eq 'x'`, `state is 'x',percentDone eq 'x'`])).toHaveLength(3)
})

test('filters have limits of bytes and of values', () => {
  const most = `id in '${Array.from({ length: LIST_LIMITS.filterComparisons }, () => 'x').join(',')}'`
  expect(faultsOf([most])).toEqual([])
  expect(faultsOf([most, `id eq 'x'`])).toEqual([{ name: 'filter', reason: `expected at most ${LIST_LIMITS.filterComparisons} values in all` }])
  const longest = `name eq '${'a'.repeat(LIST_LIMITS.filterBytes - 10)}'`
  expect(faultsOf([longest])).toEqual([])
  expect(faultsOf([longest, ' '])).toEqual([{ name: 'filter', reason: `expected at most ${LIST_LIMITS.filterBytes} bytes in all` }])
})

function faultsOf(filters: readonly string[]): readonly InvalidParam[] {
  const invalid = new InvalidParams()
  readFilters(filters, invalid)
  return invalid.list
}

/** Clauses about what a task shows, and about what it does not. */
function arbitraryFilter(task: Task): fc.Arbitrary<string> {
  const shown = [...FILTER_FIELDS.values()].flatMap(({ path, values }) => values(task).map((value) => [path, String(value)] as const))
  const texts = shown.filter(([path]) => FILTER_FIELDS.get(path)!.kind.expected === 'text')
  const operator = fc.constantFrom('eq', 'in')
  return fc
    .tuple(fc.constantFrom(...texts, ...Object.entries(EVERY_FIELD)), operator)
    .filter(([[, value]]) => /^[^',]+$/.test(value) && value.trim() === value)
    .map(([[path, value], operator]) => `${path} ${operator} '${value}'`)
}

test('what the store looks for and what is left to check mean together what the filter means', () => {
  fc.assert(
    fc.property(
      arbitraryTask().chain((task) => fc.tuple(fc.constant(task), fc.array(arbitraryFilter(task), { minLength: 1, maxLength: 3 }))),
      ([task, filters]) => {
        const clauses = readFilters(filters, new InvalidParams())
        const { stored, rest } = splitFilter(clauses)
        const isFound = (stored === undefined || matches(stored, task)) && matchesAll(rest, task)
        expect(isFound).toBe(matchesAll(clauses, task))
      },
    ),
    { numRuns: 1000 },
  )
})

test.each([
  [`state eq 'running'`, { kind: 'status', comparator: '=', value: 'RUNNING' }],
  [`parentTaskID eq '${PREPARATION.parentTaskId}'`, { kind: 'text', field: 'parent_task_id', comparator: '=', value: PREPARATION.parentTaskId }],
  [`service eq 'nautilus'`, { kind: 'text', field: 'service', comparator: '=', value: 'nautilus' }],
  [`resourceID eq '${BACKUP.resource!.id}'`, { kind: 'text', field: 'resource.id', comparator: '=', value: BACKUP.resource!.id }],
  [`userID eq '${BACKUP.createdBy}'`, { kind: 'text', field: 'created_by', comparator: '=', value: BACKUP.createdBy }],
  [`metadata.labels[*].name eq 'env'`, { kind: 'hasLabel', key: 'env' }],
] as const)('%s is looked for by the store alone', (filter, stored) => {
  expect(splitFilter(readFilters([filter], new InvalidParams()))).toEqual({ stored: { kind: 'and', of: [stored] }, rest: [] })
})

test('operators are all there are', () => {
  expect(OPERATORS).toEqual(['eq', 'lt', 'gt', 'lte', 'gte', 'in'])
})
