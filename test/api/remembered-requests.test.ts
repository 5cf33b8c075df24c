// Requests that come again: read once, and never taken for one another.
import { expect, test } from 'vitest'
import { GetTaskRequest } from '../../gen/openshift/v1/task_service.js'
import { readyMethod, type CallContext } from '../../src/api/api-method.js'
import { ANSWER_LIMITS } from '../../src/limits.js'
import { smallerLimits } from '../support/smaller-limits.js'

const CONTEXT = {} as CallContext

/** A method that answers with the id it was asked for, and what it has prepared. */
function getTask(): { readonly ask: (taskId: string, serviceInstanceId?: string) => string; readonly prepared: string[] } {
  const prepared: string[] = []
  const method = readyMethod('openshift.v1.TaskService.GetTask', GetTaskRequest, ({ taskId }) => {
    prepared.push(taskId)
    if (taskId === 'bad') throw new Error('bad')
    return { message: () => Buffer.from(taskId), json: () => ({ json: taskId, etag: undefined }) }
  })
  const ask = (taskId: string, serviceInstanceId = 'i'): string => {
    const request = method.read(GetTaskRequest.encode({ serviceInstanceId, taskId }).finish())
    expect(request.access).toEqual({ role: 'reader', instance: serviceInstanceId, taskId })
    expect(request.json?.(CONTEXT, undefined)).toEqual({ json: taskId, etag: undefined })
    return Buffer.from(request.answer(CONTEXT) as Uint8Array).toString()
  }
  return { ask, prepared }
}

test('the same bytes are read once, others for themselves', () => {
  const { ask, prepared } = getTask()
  for (const id of ['a', 'b', 'a', 'ä', 'a']) expect(ask(id)).toBe(id)
  expect(ask('a', 'other')).toBe('a')
  expect(prepared).toEqual(['a', 'b', 'ä', 'a'])
})

test('what cannot be prepared is tried again', () => {
  const { ask, prepared } = getTask()
  expect(() => ask('bad')).toThrow('bad')
  expect(() => ask('bad')).toThrow('bad')
  expect(prepared).toEqual(['bad', 'bad'])
})

test('long ones are read each time, and no more is remembered than the limit says', () => {
  smallerLimits(ANSWER_LIMITS, { requestBytes: 6000 })
  const { ask, prepared } = getTask()
  const long = 'x'.repeat(1100)
  for (const id of [long, long]) ask(id)
  expect(prepared).toHaveLength(2)
  for (const id of ['first', 'first', 'a', 'b', 'c', 'd', 'e', 'f', 'first']) ask(id)
  expect(prepared.slice(2)).toEqual(['first', 'a', 'b', 'c', 'd', 'e', 'f', 'first'])
})
