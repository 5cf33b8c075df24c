import { describe, expect, test } from 'vitest'
import { BadRequest, ErrorInfo, PreconditionFailure, ResourceInfo, RetryInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { toStatus } from '../../src/api/status.js'
import { unpackAny } from '../../src/base/any.js'
import { statusNotAllowed } from '../../src/task/lifecycle.js'
import { TaskError, taskNotFound } from '../../src/task/task-error.js'

const ignore = (): void => undefined

/** The status of `error`, with its details unpacked. */
function statusOf(error: unknown, report: (error: unknown) => void = ignore): { code: number; message: string; details: unknown[] } {
  const { code, message, details } = Status.decode(toStatus(error, report).details)
  const unpacked = details.map((any) => {
    const codecs = [ErrorInfo, BadRequest, PreconditionFailure, ResourceInfo, RetryInfo]
    return codecs.map((codec) => unpackAny<object>(codec, any)).find(Boolean)
  })
  return { code, message, details: unpacked }
}

describe('a TaskError', () => {
  test.each([
    ['CANCELLED', 1],
    ['INVALID_ARGUMENT', 3],
    ['DEADLINE_EXCEEDED', 4],
    ['NOT_FOUND', 5],
    ['ALREADY_EXISTS', 6],
    ['RESOURCE_EXHAUSTED', 8],
    ['FAILED_PRECONDITION', 9],
    ['ABORTED', 10],
    ['INTERNAL', 13],
    ['UNAVAILABLE', 14],
  ] as const)('%s is code %i', (code, number) => {
    expect(statusOf(new TaskError(code, 'INVALID_FIELD', 'm'))).toMatchObject({ code: number, message: 'm' })
  })

  test('that refuses fields carries BadRequest', () => {
    const fieldViolations = [{ field: 'task.command', description: 'is required' }]
    expect(statusOf(new TaskError('INVALID_ARGUMENT', 'INVALID_FIELD', 'm', { fieldViolations })).details).toMatchObject([
      { reason: 'INVALID_FIELD', domain: 'taskplane', metadata: {} },
      { fieldViolations },
    ])
  })

  test('about a missing task carries ResourceInfo', () => {
    expect(statusOf(taskNotFound('t1')).details).toMatchObject([
      { reason: 'TASK_NOT_FOUND' },
      { resourceType: 'openshift.v1.Task', resourceName: 't1' },
    ])
  })

  test('about a status carries PreconditionFailure', () => {
    const description = 'Cannot start a task that is FAILED'
    expect(statusOf(statusNotAllowed('start', 'FAILED', 't1')).details).toMatchObject([
      { reason: 'STATUS_NOT_ALLOWED', metadata: { status: 'FAILED' } },
      { violations: [{ type: 'STATUS_NOT_ALLOWED', subject: 'openshift.v1.Task/t1', description }] },
    ])
  })

  test('that may pass carries RetryInfo', () => {
    const { details } = statusOf(new TaskError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'm', { retryDelayMs: 1500 }))
    expect(details[1]).toEqual({ retryDelay: { seconds: 1n, nanos: 500_000_000 } })
  })
})

test('anything else is reported, and tells the caller nothing', () => {
  const reported: unknown[] = []
  const error = new Error('SELECT secret FROM /var/lib')
  expect(statusOf(error, (fault) => reported.push(fault))).toMatchObject({
    code: 13,
    message: 'Internal error',
    details: [{ reason: 'INTERNAL_FAULT', domain: 'taskplane', metadata: {} }],
  })
  expect(reported).toEqual([error])
})
