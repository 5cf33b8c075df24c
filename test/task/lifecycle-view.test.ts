import { describe, expect, test } from 'vitest'
import { ControlRequest, Lease, Task, type Task_Status } from '../../gen/openshift/v1/task.js'
import { allowedTransitions, dueAt } from '../../src/task/lifecycle-view.js'

describe('where a caller may send a task', () => {
  test.each<[Task_Status, boolean, boolean, Task_Status[]]>([
    ['PENDING', true, true, ['CANCELLED']],
    ['RUNNING', true, true, ['CANCELLING', 'PAUSING']],
    ['RUNNING', true, false, ['CANCELLING']],
    ['RUNNING', false, true, ['PAUSING']],
    ['RUNNING', false, false, []],
    ['PAUSING', true, true, ['CANCELLING', 'RUNNING']],
    ['PAUSED', true, true, ['CANCELLING', 'RUNNING']],
    ['PAUSED', true, false, ['CANCELLING']],
    ['CANCELLING', true, true, []],
    ['SUCCEEDED', true, true, []],
    ['FAILED', true, true, []],
    ['CANCELLED', true, true, []],
  ])('%s, cancel %s, pause %s: %j', (status, cancelSupported, pauseSupported, expected) => {
    expect(allowedTransitions(Task.create({ status, cancelSupported, pauseSupported }))).toEqual(expected)
  })
})

describe('when a task has to be looked at', () => {
  const at = (ms: number): Date => new Date(ms)
  const request = (state: ControlRequest['state'], answerBy: number): ControlRequest => ControlRequest.create({ state, answerBy: at(answerBy) })

  test.each<[string, Partial<Task>, number | undefined]>([
    ['nothing', {}, undefined],
    ['a deadline', { deadline: at(5) }, 5],
    ['a lease', { lease: Lease.create({ expiresAt: at(7) }) }, 7],
    ['a lease that nobody has', { lease: Lease.create() }, undefined],
    ['the earlier of the two', { deadline: at(9), lease: Lease.create({ expiresAt: at(7) }) }, 7],
    ['a request', { cancelRequest: request('REQUESTED', 3), deadline: at(9) }, 3],
    ['a pause', { pauseRequest: request('REQUESTED', 3) }, 3],
    ['a request that was answered', { pauseRequest: request('ACKNOWLEDGED', 3) }, undefined],
    ['an end', { status: 'FAILED', deadline: at(5) }, undefined],
  ])('%s', (_name, task, expected) => {
    expect(dueAt(Task.create({ status: 'RUNNING', ...task }))?.getTime()).toBe(expected)
  })
})
