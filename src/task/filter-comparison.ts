// The meaning of one comparison of a filter: which fields there are, and what each can be compared with.
import { Task_Outcome, Task_Status } from '../../gen/openshift/v1/task.js'
import type { Comparison, TextComparator, TextField, TimeComparator, TimeField } from './filter.js'
import { FilterSyntaxError, type Token } from './filter-tokens.js'
import type { Status } from './lifecycle.js'
import { isLabelKey, quoted } from './task-fields.js'

/** `path` comparator `value` as they stand in the text; without comparator and value, the path stands alone. */
export interface WrittenComparison {
  readonly path: readonly string[]
  readonly comparator: string
  readonly value: Token
  readonly at: number
}

const TEXT_FIELDS: readonly TextField[] = [
  'command',
  'service',
  'created_by',
  'modified_by',
  'resource.id',
  'resource.type',
  'parent_task_id',
]
const TIME_FIELDS: readonly TimeField[] = ['created_at', 'modified_at', 'started_at', 'ended_at']
const STATUSES = namesOf(Task_Status, 'STATUS_UNSPECIFIED') as readonly Status[]
const OUTCOMES = namesOf(Task_Outcome, 'OUTCOME_UNSPECIFIED')
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-](\d\d):(\d\d))$/

/** The comparison that was written. Throws FilterSyntaxError when the field or value cannot be compared like that. */
export function readComparison(written: WrittenComparison): Comparison {
  const [first, ...rest] = written.path
  if (first === 'labels') return labelComparison(written, rest.join('.'))
  const name = written.path.join('.')
  const textField = TEXT_FIELDS.find((field) => field === name)
  if (textField !== undefined) return textComparison(written, textField)
  const timeField = TIME_FIELDS.find((field) => field === name)
  if (timeField !== undefined) return timeComparison(written, timeField)
  if (name === 'status') return { kind: 'status', ...wordComparison(written, STATUSES) }
  if (name === 'outcome') return { kind: 'outcome', ...wordComparison(written, OUTCOMES) }
  const fields = ['status', 'outcome', ...TEXT_FIELDS, ...TIME_FIELDS, 'labels.KEY'].join(', ')
  throw new FilterSyntaxError(`Cannot filter by ${quoted(name)}; expected one of ${fields}`, written.at)
}

function labelComparison(written: WrittenComparison, key: string): Comparison {
  const { comparator, value, at } = written
  // labels:KEY asks the map for a key, labels.KEY:* the same key for any value.
  if (key === '' && comparator === ':') return { kind: 'hasLabel', key: labelKey(value.text, value.at) }
  labelKey(key, at)
  if (comparator === ':' && value.kind === 'text' && value.text === '*') return { kind: 'hasLabel', key }
  const equality = comparator === ':' ? '=' : textComparator(written)
  return { kind: 'label', key, comparator: equality, value: value.text }
}

function labelKey(key: string, at: number): string {
  if (!isLabelKey(key)) throw new FilterSyntaxError(`${quoted(key)} cannot be the key of a label`, at)
  return key
}

function textComparison(written: WrittenComparison, field: TextField): Comparison {
  const comparator = textComparator(written)
  const { text, at } = written.value
  const star = text.indexOf('*')
  if (star === -1) return { kind: 'text', field, comparator, value: text }
  if (star < text.length - 1) throw new FilterSyntaxError('A * can only stand at the end of a value', at)
  return { kind: 'prefix', field, comparator, value: text.slice(0, -1) }
}

function timeComparison(written: WrittenComparison, field: TimeField): Comparison {
  if (written.comparator === ':') throw badComparator(written, '=, !=, <, <=, > or >=')
  return {
    kind: 'time',
    field,
    comparator: written.comparator as TimeComparator,
    value: readTime(written.value),
  }
}

/** A time of RFC 3339. A date that does not exist is refused, not rolled over. */
function readTime({ text, at }: Token): Date {
  const [, year, month, day, hour, minute, second, offsetHour = '0', offsetMinute = '0'] = RFC3339.exec(text) ?? []
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  const inRange =
    Number(year) >= 1 &&
    isWithin(month, 1, 12) &&
    isWithin(day, 1, days) &&
    isWithin(hour, 0, 23) &&
    isWithin(minute, 0, 59) &&
    isWithin(second, 0, 59) &&
    isWithin(offsetHour, 0, 23) &&
    isWithin(offsetMinute, 0, 59)
  if (!inRange) throw new FilterSyntaxError(`${quoted(text)}: expected a time such as 2026-01-31T23:59:59Z`, at)
  return new Date(text.toUpperCase())
}

function isWithin(digits: string | undefined, min: number, max: number): boolean {
  const value = Number(digits)
  return value >= min && value <= max
}

function wordComparison<Word extends string>(
  written: WrittenComparison,
  words: readonly Word[],
): { comparator: TextComparator; value: Word } {
  const comparator = textComparator(written)
  const value = words.find((word) => word === written.value.text)
  if (value === undefined) {
    throw new FilterSyntaxError(`${quoted(written.value.text)}: expected one of ${words.join(', ')}`, written.value.at)
  }
  return { comparator, value }
}

function textComparator(written: WrittenComparison): TextComparator {
  if (written.comparator === '=' || written.comparator === '!=') return written.comparator
  throw badComparator(written, '= or !=')
}

function badComparator({ path, comparator, at }: WrittenComparison, expected: string): FilterSyntaxError {
  return new FilterSyntaxError(`${path.join('.')} cannot be compared with ${comparator}; expected ${expected}`, at)
}

function namesOf<Word extends string>(words: Readonly<Record<string, Word>>, none: string): readonly Word[] {
  return Object.values(words).filter((word) => word !== none && word !== 'UNRECOGNIZED')
}
