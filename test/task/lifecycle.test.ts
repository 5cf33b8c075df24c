import { describe, expect, test } from 'vitest'
import { isLive, isTerminal, move, type Action, type Status } from '../../src/task/lifecycle.js'
import { outcome, thrownBy } from '../support/outcome.js'

const ACTIONS: readonly Action[] = [
  'start',
  'pause',
  'acknowledgePause',
  'resume',
  'cancel',
  'acknowledgeCancel',
  'complete',
  'fail',
]

/** The life of a task as it is published: from each status, where each action leads. */
const LIFE: Readonly<Record<Status, Partial<Record<Action, Status>>>> = {
  PENDING: { start: 'RUNNING', cancel: 'CANCELLED', fail: 'FAILED' },
  RUNNING: { pause: 'PAUSING', cancel: 'CANCELLING', complete: 'SUCCEEDED', fail: 'FAILED' },
  PAUSING: { acknowledgePause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELLING', complete: 'SUCCEEDED', fail: 'FAILED' },
  PAUSED: { resume: 'RUNNING', cancel: 'CANCELLING', acknowledgeCancel: 'CANCELLED', fail: 'FAILED' },
  CANCELLING: { acknowledgeCancel: 'CANCELLED', complete: 'SUCCEEDED', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
  CANCELLED: {},
}

const CASES = (Object.keys(LIFE) as Status[]).flatMap((from) => ACTIONS.map((action) => [from, action] as const))

test.each(CASES)('%s: %s', (from, action) => {
  expect(outcome(() => move(from, action, 't1'))).toBe(LIFE[from][action] ?? 'STATUS_NOT_ALLOWED')
})

test('a refused move says what stands in its way', () => {
  expect(thrownBy(() => move('FAILED', 'complete', 't1'))).toMatchObject({
    code: 'FAILED_PRECONDITION',
    message: 'Cannot complete a task that is FAILED',
    details: { taskId: 't1', metadata: { status: 'FAILED' }, precondition: 'Cannot complete a task that is FAILED' },
  })
})

describe('statuses', () => {
  test.each([
    ['PENDING', false, false],
    ['RUNNING', true, false],
    ['PAUSING', true, false],
    ['PAUSED', true, false],
    ['CANCELLING', true, false],
    ['SUCCEEDED', false, true],
    ['FAILED', false, true],
    ['CANCELLED', false, true],
  ] as const)('%s: live %s, terminal %s', (status, live, terminal) => {
    expect([isLive(status), isTerminal(status)]).toEqual([live, terminal])
  })
})
