// Errors in the shape of the jobs API: which status each code has, and what callers are told.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Code } from '../../../gen/google/rpc/code.js'
import { StatusError } from '../../../src/base/status-error.js'
import { HttpError } from '../../../src/gateway/http-error.js'
import { errorAnswer } from '../../../src/http/nse/nse-error.js'
import { CALL_LIMITS } from '../../../src/limits.js'
import { TaskError } from '../../../src/task/task-error.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { askNse, serveNse } from './nse-app.js'
import { faultsOf } from './schemas.js'

test.each([
  ['INVALID_ARGUMENT', 400, 'Invalid Request.'],
  ['OUT_OF_RANGE', 400, 'Invalid Request.'],
  ['UNAUTHENTICATED', 401, 'Unauthorized Request.'],
  ['PERMISSION_DENIED', 403, 'Forbidden Request.'],
  ['NOT_FOUND', 404, 'Resource Not Found.'],
  ['ALREADY_EXISTS', 412, 'Precondition Failed.'],
  ['FAILED_PRECONDITION', 412, 'Precondition Failed.'],
  ['ABORTED', 412, 'Precondition Failed.'],
  ['RESOURCE_EXHAUSTED', 429, 'Too Many Requests.'],
  ['INTERNAL', 500, 'Internal Server Error.'],
  ['UNAVAILABLE', 503, 'Service Unavailable.'],
  ['DEADLINE_EXCEEDED', 504, 'Gateway Timeout.'],
] as const satisfies readonly (readonly [Code, number, string])[])('%s is %i, %s', (code, httpStatus, title) => {
  const { body } = errorAnswer(new StatusError(code, 'why'), () => undefined)
  expect(body).toEqual({ status: { user_message: title, verbose_message: 'why', code: httpStatus }, result: {} })
  expect(faultsOf('error', body)).toBe('')
})

test('who is not known is told how to say who it is', () => {
  expect(errorAnswer(new StatusError('UNAUTHENTICATED', 'why'), () => undefined).headers).toEqual({ 'WWW-Authenticate': 'Bearer' })
})

test('an error of the HTTP side has its own status', () => {
  expect(errorAnswer(new HttpError('BODY_TOO_LARGE', 'large'), () => undefined).body.status.code).toBe(413)
})

/** A store whose reads reject with `error`. */
function failing(error: Error): TaskStore {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  return Object.assign(store, { slice: () => Promise.reject(error), locate: () => Promise.reject(error) })
}

test('a fault of the server is reported and tells its caller nothing', async () => {
  const { url, faults } = await serveNse(failing(new Error('the secret of the inside')))
  for (const path of ['', '/a']) {
    const { status } = await askNse(`${url}/v2.1/jobs${path}`)
    expect(status).toEqual({ user_message: 'Internal Server Error.', verbose_message: 'Internal error', code: 500 })
  }
  expect(faults).toHaveLength(2)
})

test('a store that does not answer is told of, and when to try again', async () => {
  const { url } = await serveNse(failing(new TaskError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'The store does not answer', { retryDelayMs: 1000 })))
  const { status, headers } = await askNse(`${url}/v2.1/jobs`)
  expect([status.code, status.verbose_message, headers.get('retry-after')]).toEqual([503, 'The store does not answer', '1'])
})

test('too many calls at once are refused, and told when to try again', async () => {
  smallerLimits(CALL_LIMITS, { reads: 0 })
  const { url } = await serveNse(openClockedSqlite(join(temporaryDirectory(), 'tasks.db')))
  const { status, headers } = await askNse(`${url}/v2.1/jobs`)
  expect([status.code, status.user_message, headers.get('retry-after')]).toEqual([429, 'Too Many Requests.', '1'])
})
