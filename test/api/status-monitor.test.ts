import { expect, test } from 'vitest'
import { BadRequest, ErrorInfo, Help, PreconditionFailure } from '../../gen/google/rpc/error_details.js'
import { Task, TaskResource } from '../../gen/openshift/v1/task.js'
import { statusMonitorOf } from '../../src/api/status-monitor.js'
import { packAny } from '../../src/base/any.js'

test.each([
  ['PENDING', 'NotStarted'],
  ['RUNNING', 'Running'],
  ['PAUSING', 'Running'],
  ['PAUSED', 'Running'],
  ['CANCELLING', 'Canceling'],
  ['SUCCEEDED', 'Succeeded'],
  ['FAILED', 'Failed'],
  ['CANCELLED', 'Canceled'],
] as const)('%s is %s', (status, word) => {
  expect(statusMonitorOf(Task.create({ status })).status).toBe(word)
})

test('the parts of a task have the names that Azure gives them', () => {
  const [createdAt, startedAt, endedAt] = [1, 2, 3].map((ms) => new Date(ms)) as [Date, Date, Date]
  const response = packAny(ErrorInfo, { reason: 'DONE' })
  const resource = TaskResource.create({ id: 'c-1', uri: '/clusters/c-1' })
  const task = { id: 'a', command: 'c', status: 'SUCCEEDED', outcome: 'PARTIAL', progressPercent: 90, revision: 7n, etag: '"7"' } as const
  expect(statusMonitorOf(Task.create({ ...task, createdAt, startedAt, endedAt, response, resource }))).toEqual({
    id: 'a',
    kind: 'c',
    status: 'Succeeded',
    percentComplete: 90,
    createdTime: createdAt,
    startTime: startedAt,
    endTime: endedAt,
    resourceId: 'c-1',
    result: response,
    error: undefined,
    outcome: 'PARTIAL',
    revision: 7n,
    etag: '"7"',
  })
})

test.each([
  ['a reason', packAny(ErrorInfo, { reason: 'OWNER_LOST', domain: 'taskplane' }), [{ code: 'OWNER_LOST', message: 'broken', target: 'taskplane' }]],
  [
    'fields',
    packAny(BadRequest, { fieldViolations: [{ field: 'size', description: 'too large' }, { field: 'name', description: 'taken' }] }),
    [
      { code: 'INVALID_ARGUMENT', message: 'too large', target: 'size' },
      { code: 'INVALID_ARGUMENT', message: 'taken', target: 'name' },
    ],
  ],
  [
    'conditions',
    packAny(PreconditionFailure, { violations: [{ type: 'TOS', subject: 'acme', description: 'not accepted' }] }),
    [{ code: 'TOS', message: 'not accepted', target: 'acme' }],
  ],
  ['what Azure has no place for', packAny(Help, { links: [{ url: 'https://example.com' }] }), []],
])('an error with %s', (_name, detail, expected) => {
  const { error } = statusMonitorOf(Task.create({ status: 'FAILED', error: { code: 9, message: 'broken', details: [detail] } }))
  expect(error).toEqual({ code: 'FAILED_PRECONDITION', message: 'broken', target: '', details: expected.map((one) => ({ ...one, details: [] })) })
})
