import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ControlRequest, Task } from '../../gen/openshift/v1/task.js'
import { POLL_LIMITS } from '../../src/limits.js'
import { pollHint } from '../../src/task/poll-hint.js'

const NOW = new Date('2026-03-01T12:00:00Z')

function ago(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000)
}

/** A task that was recorded and started so many seconds ago, and not written since. */
function task(status: Task['status'], seconds: number, more: Partial<Task> = {}): Task {
  return Task.create({ status, createdAt: ago(seconds), modifiedAt: ago(seconds), startedAt: ago(seconds), ...more })
}

function asked(seconds: number): ControlRequest {
  return ControlRequest.create({ state: 'REQUESTED', requestedAt: ago(seconds) })
}

function hint(of: Task, { load = 0, random = 0 } = {}): number | undefined {
  return pollHint(of, { now: NOW, load, random })
}

describe('how the task goes', () => {
  test.each([
    ['a new task', task('PENDING', 0), 1000],
    ['a tenth of the time that a task has been waiting for', task('PENDING', 50, { startedAt: undefined }), 5000],
    ['a task that nobody begins', task('PENDING', 3600), 30_000],
    ['a part of the time that a task without progress has run', task('RUNNING', 120), 120_000 / POLL_LIMITS.parts],
    ['from the start on, whatever it waited before', task('RUNNING', 3600, { startedAt: ago(20) }), 2000],
    ['half of it done in 100 seconds, a report just now', task('RUNNING', 100, { progressPercent: 50, modifiedAt: NOW }), 10_000],
    ['half of it done in 100 seconds, 60 seconds ago', task('RUNNING', 160, { progressPercent: 50, modifiedAt: ago(60) }), 6000],
    ['all but done', task('RUNNING', 100, { progressPercent: 99, modifiedAt: NOW }), 1000],
    ['99 percent, and silent for 200 seconds', task('RUNNING', 300, { progressPercent: 99, modifiedAt: ago(200) }), 20_000],
    ['far from done', task('RUNNING', 600, { progressPercent: 1, modifiedAt: NOW }), 30_000],
    ['asked to pause 5 seconds ago', task('PAUSING', 3600, { pauseRequest: asked(5) }), 1000],
    ['asked to cancel 40 seconds ago', task('CANCELLING', 3600, { cancelRequest: asked(40) }), 4000],
    ['a task that stands still', task('PAUSED', 1), 30_000],
    ['a task of a store whose clock is ahead', task('RUNNING', -60, { progressPercent: 50 }), 1000],
    ['a task that succeeded', task('SUCCEEDED', 1), undefined],
    ['a task that failed', task('FAILED', 1), undefined],
    ['a task that was cancelled', task('CANCELLED', 1), undefined],
  ])('%s', (_name, of, expected) => {
    expect(hint(of)).toBe(expected)
  })
})

describe('how busy the server is', () => {
  test.each([
    [0, 5000],
    [0.5, 5000],
    [0.75, 12_500],
    [1, 20_000],
    [7, 20_000],
  ])('load %d', (load, expected) => {
    expect(hint(task('RUNNING', 50), { load })).toBe(expected)
  })
})

test('hints spread by a tenth', () => {
  expect(hint(task('RUNNING', 50), { random: 0.5 })).toBe(4750)
  expect(hint(task('PAUSED', 50), { random: 1 })).toBe(27_000)
})

test('a hint is within its limits, and longer under load', () => {
  const seconds = fc.integer({ min: -100, max: 10_000_000 })
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const situations = fc.record({
    status: fc.constantFrom('PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING'),
    started: seconds,
    modified: seconds,
    progressPercent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    load: part,
    random: part,
  })
  fc.assert(
    fc.property(situations, ({ status, started, modified, progressPercent, load, random }) => {
      const of = task(status, started, { modifiedAt: ago(modified), progressPercent, cancelRequest: asked(modified) })
      const ms = hint(of, { load, random })!
      expect(ms).toBeGreaterThanOrEqual(POLL_LIMITS.minMs)
      expect(ms).toBeLessThanOrEqual(POLL_LIMITS.maxMs)
      expect(ms).toBeGreaterThanOrEqual(hint(of, { random })!)
    }),
  )
})
