// The generated tasks are worth the name: they come in every status, and the API would take what they are made of.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FieldViolations } from '../../src/task/field-violations.js'
import { readNewTask } from '../../src/task/new-task.js'
import { arbitraryTask } from './arbitrary-task.js'

const tasks = fc.sample(arbitraryTask(), { numRuns: 1000, seed: 1 })

test('tasks of every status are generated, and every outcome', () => {
  expect([...new Set(tasks.map(({ status }) => status))].sort()).toEqual(
    ['CANCELLED', 'CANCELLING', 'FAILED', 'PAUSED', 'PAUSING', 'PENDING', 'RUNNING', 'SUCCEEDED'],
  )
  expect([...new Set(tasks.map(({ outcome }) => outcome))].sort()).toEqual(['CLEAN', 'OUTCOME_UNSPECIFIED', 'PARTIAL', 'WARNING'])
  expect([...new Set(tasks.map(({ endReason }) => endReason))].sort()).toEqual(
    ['ABANDONED', 'COMPLETED', 'DEADLINE', 'END_REASON_UNSPECIFIED', 'OWNER_LOST', 'PRODUCER_FAILED', 'USER_CANCEL'],
  )
})

test('producers could have written them', () => {
  for (const task of tasks) {
    const violations = new FieldViolations()
    readNewTask(task, task.createdAt!, violations)
    violations.throwIfAny()
  }
})
