import { expect, test } from 'vitest'
import { ERROR_LIMITS } from '../../src/limits.js'
import { FieldViolations } from '../../src/task/field-violations.js'
import type { TaskError } from '../../src/task/task-error.js'
import { thrownBy } from '../support/outcome.js'

test.each([
  [1, 1, 'f0: expected more'],
  [ERROR_LIMITS.fieldViolations, ERROR_LIMITS.fieldViolations, 'f0: expected more (and 15 more)'],
  [ERROR_LIMITS.fieldViolations + 1, ERROR_LIMITS.fieldViolations, 'f0: expected more (and 16 more)'],
])('of %i faults %i are listed and all are counted', (faults, listed, message) => {
  const violations = new FieldViolations()
  for (let index = 0; index < faults; index += 1) violations.add(`f${index}`, 'expected more')
  const error = thrownBy(() => violations.throwIfAny()) as TaskError
  expect(error.message).toBe(message)
  expect(error.details.fieldViolations).toHaveLength(listed)
})
