// What a task is in the words of the jobs API.
import { fromJson, toBinary, type JsonObject } from '@bufbuild/protobuf'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ErrorInfo } from '../../../gen/google/rpc/error_details.js'
import { Task } from '../../../gen/openshift/v1/task.js'
import { packAny } from '../../../src/base/any.js'
import { acceptedEnvelope, getEnvelope, listEnvelope } from '../../../src/http/nse/envelope.js'
import { jobOf, jobTaskOf } from '../../../src/http/nse/job.js'
import { requestPayload } from '../../../src/http/nse/request-payload.js'
import { arbitraryTask } from '../../support/arbitrary-task.js'
import { faultsOf } from './schemas.js'

const AT = new Date('2026-03-01T12:00:00.007Z')

/** Thousands of tasks take a while to generate on a busy machine. */
const GENERATING_MS = 120_000

function task(more: Partial<Task>): Task {
  return Task.fromPartial({ id: 't1', serviceInstanceId: 'vdc-1', command: 'c', createdAt: AT, modifiedAt: AT, ...more })
}

test.each([
  ['PENDING', 'OUTCOME_UNSPECIFIED', 'pending', undefined],
  ['RUNNING', 'OUTCOME_UNSPECIFIED', 'running', undefined],
  ['PAUSING', 'OUTCOME_UNSPECIFIED', 'running', undefined],
  ['PAUSED', 'OUTCOME_UNSPECIFIED', 'waiting', undefined],
  ['CANCELLING', 'OUTCOME_UNSPECIFIED', 'running', undefined],
  ['SUCCEEDED', 'CLEAN', 'successful', 'NORMAL'],
  ['SUCCEEDED', 'WARNING', 'successful', 'NORMAL'],
  ['SUCCEEDED', 'PARTIAL', 'successful', 'PARTIAL_FAILURES'],
  ['FAILED', 'OUTCOME_UNSPECIFIED', 'failed', 'ERROR'],
  ['CANCELLED', 'OUTCOME_UNSPECIFIED', 'canceled', 'ERROR'],
] as const)('a task that is %s with outcome %s is %s, in state %s', (status, outcome, word, state) => {
  const job = jobOf(task({ status, outcome }), [])
  expect([job.status, job.state, jobTaskOf(task({ status, outcome })).status]).toEqual([word, state, word])
})

test.each([
  ['nothing', [], ''],
  ['the text of the last detail', [['Old', 'old'], ['New', 'new']], 'new'],
  ['its title where it has no text', [['Old', 'old'], ['New', '']], 'New'],
] as const)('status_detail is %s', (_, details, text) => {
  const statusDetails = details.map(([title, detail]) => ({ type: '', title, detail }))
  expect(jobOf(task({ status: 'RUNNING', statusDetails }), []).status_detail).toBe(text)
})

test('last_error says why a job failed, and by whom it was canceled', () => {
  const error = { code: 1, message: 'Cancelled by ann', details: [] }
  expect(jobOf(task({ status: 'CANCELLED', error }), []).last_error).toBe('Cancelled by ann')
})

test('resource_type is a label, or else the type of the object', () => {
  const resource = { id: 'o', type: 'sg_buckets', uri: '', collectionUris: [], name: '' }
  expect(jobTaskOf(task({ status: 'RUNNING', resource })).resource_type).toBe('sg_buckets')
  expect(jobTaskOf(task({ status: 'RUNNING', resource, labels: { resource_type: 'sg_bucket' } })).resource_type).toBe('sg_bucket')
})

describe('request_payload', () => {
  const STRUCT_URL = 'type.googleapis.com/google.protobuf.Struct'
  const structOf = (json: JsonObject): Buffer => Buffer.from(toBinary(StructSchema, fromJson(StructSchema, json)))

  test.each([
    ['nothing', undefined, {}],
    ['a Struct', { typeUrl: STRUCT_URL, value: structOf({ a: [1, { b: null }], c: 'x' }) }, { a: [1, { b: null }], c: 'x' }],
    ['a Struct with keys like those of an Any', { typeUrl: STRUCT_URL, value: structOf({ '@type': 'x', value: 1 }) }, { '@type': 'x', value: 1 }],
    ['an empty Struct', { typeUrl: STRUCT_URL, value: structOf({}) }, {}],
    [
      'a type that is known',
      packAny(ErrorInfo, { reason: 'R', domain: 'd' }),
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'R', domain: 'd' },
    ],
    ['a type that is not known', { typeUrl: 'acme.com/x.Y', value: Buffer.from([1, 2]) }, { typeUrl: 'acme.com/x.Y', value: 'AQI=' }],
    ['bytes that are no Struct', { typeUrl: STRUCT_URL, value: Buffer.from([1]) }, { typeUrl: STRUCT_URL, value: 'AQ==' }],
  ])('of %s', (_, metadata, json) => {
    expect(requestPayload(metadata)).toEqual(json)
  })
})

test('every answer about any task fits the document', () => {
  fc.assert(
    fc.property(arbitraryTask(), fc.array(arbitraryTask(), { minLength: 1, maxLength: 2 }), (root, parts) => {
      const job = jobOf(root, parts.map((part) => jobTaskOf({ ...part, parentTaskId: root.id })))
      const list = { returned_records: 1, total_records: 1, sort_by: 'created', order_by: 'desc', offset: 0, limit: 1, records: [job] } as const
      expect(faultsOf('list', listEnvelope(list, ''))).toBe('')
      expect(faultsOf('get', getEnvelope(job, ''))).toBe('')
      expect(faultsOf('accepted', acceptedEnvelope(jobOf(root, null)))).toBe('')
    }),
    { numRuns: 1000 },
  )
}, GENERATING_MS)
