import { expect, test } from 'vitest'
import { FieldViolations } from '../../src/task/field-violations.js'
import { readListOrder } from '../../src/task/list-order.js'
import { outcome } from '../support/outcome.js'

test.each([
  ['', 'created_at', true],
  ['created_at', 'created_at', false],
  ['created_at desc', 'created_at', true],
  ['  created_at   desc ', 'created_at', true],
  ['modified_at', 'modified_at', false],
  ['modified_at asc', 'modified_at', false],
  ['modified_at desc', 'modified_at', true],
])('%j orders by %s, descending %s', (text, field, descending) => {
  expect(readListOrder(text, new FieldViolations())).toEqual({ field, descending })
})

test.each(['status', 'created_at DESC', 'created_at, modified_at', 'created_at;DROP TABLE task', 'desc'])('%j is refused', (text) => {
  const read = (): void => {
    const violations = new FieldViolations()
    readListOrder(text, violations)
    violations.throwIfAny()
  }
  expect(outcome(read)).toBe('INVALID_FIELD')
})
