import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { ListValueSchema } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CreateTaskRequest } from '../../gen/openshift/v1/task_producer_service.js'
import { MESSAGE_LIMITS } from '../../src/limits.js'
import { checkWire } from '../../src/api/wire-check.js'
import { ownSchema } from '../../src/base/proto-json/type-source.js'
import { TaskError } from '../../src/task/task-error.js'
import { outcome, thrownBy } from '../support/outcome.js'

const REQUEST = ownSchema().getMessage('openshift.v1.CreateTaskRequest')!

/** A request whose task holds `bytes` beside its command. */
function withTask(bytes: Uint8Array): Uint8Array {
  const command = Task.encode(Task.create({ command: 'cluster.create' })).finish()
  const task = Buffer.concat([command, bytes])
  return new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(task).finish()
}

/** Field 5 of a task, created_at. */
function withTime(seconds: bigint, nanos: number): Uint8Array {
  const time = new BinaryWriter().tag(1, WireType.Varint).int64(seconds).tag(2, WireType.Varint).int32(nanos).finish()
  return withTask(new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(time).finish())
}

function refusal(bytes: Uint8Array): unknown {
  const error = thrownBy(() => checkWire(REQUEST, bytes))
  if (!(error instanceof TaskError)) throw error
  return error.details.fieldViolations?.[0]?.field ?? error.reason
}

describe('lets pass', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['a request', CreateTaskRequest.encode(CreateTaskRequest.create({ task: { command: 'ж' } })).finish()],
    ['an unknown field', new BinaryWriter().tag(999, WireType.LengthDelimited).bytes(Buffer.from([0xff])).finish()],
    ['bytes that are no text', withTask(Task.encode(Task.create({ metadata: { typeUrl: 'a/b', value: Buffer.from([0xff]) } })).finish())],
    ['the first time', withTime(-62_135_596_800n, 0)],
    ['the last time', withTime(253_402_300_799n, 999_999_999)],
  ])('%s', (_name, bytes) => {
    checkWire(REQUEST, bytes)
  })
})

describe('refuses', () => {
  const whole = withTask(new Uint8Array())
  const label = (key: Uint8Array, value: Uint8Array): Uint8Array => {
    const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(key).tag(2, WireType.LengthDelimited).bytes(value).finish()
    return withTask(new BinaryWriter().tag(21, WireType.LengthDelimited).bytes(entry).finish())
  }
  test.each([
    ['a cut message', whole.subarray(0, -1), 'MALFORMED_MESSAGE'],
    ['a cut tag', Buffer.from([0x80]), 'MALFORMED_MESSAGE'],
    ['a bad wire type', Buffer.from([0x0f]), 'MALFORMED_MESSAGE'],
    ['a length beyond the end', Buffer.from([0x0a, 0x7f, 0x41]), 'MALFORMED_MESSAGE'],
    ['a length of 4 GiB', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'MALFORMED_MESSAGE'],
    ['broken text', Buffer.from([0x0a, 0x01, 0xff]), 'service_instance_id'],
    ['a lone surrogate', Buffer.from([0x0a, 0x03, 0xed, 0xa0, 0x80]), 'service_instance_id'],
    ['broken text inside', withTask(Buffer.from([0x5a, 0x01, 0xc3])), 'task.summary'],
    ['a broken label key', label(Buffer.from([0xff]), Buffer.from('v')), 'task.labels'],
    ['a broken label value', label(Buffer.from('k'), Buffer.from([0xff])), 'task.labels'],
    ['a key of prototypes', label(Buffer.from('__proto__'), Buffer.from('v')), 'task.labels'],
    ['a time too early', withTime(-62_135_596_801n, 0), 'task.created_at'],
    ['a time too late', withTime(253_402_300_800n, 0), 'task.created_at'],
    ['a time with too many nanos', withTime(0n, 1_000_000_000), 'task.created_at'],
    ['a time with negative nanos', withTime(0n, -1), 'task.created_at'],
  ])('%s', (_name, bytes, expected) => {
    expect(refusal(bytes)).toBe(expected)
  })

  test('any other bytes with the same kind of error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          checkWire(REQUEST, bytes)
          CreateTaskRequest.decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(TaskError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

test.each([
  [MESSAGE_LIMITS.depth, undefined],
  [MESSAGE_LIMITS.depth + 1, 'MALFORMED_MESSAGE'],
])('%i messages within messages: %s', (depth, refused) => {
  // ListValue and Value take turns: field 6 of a Value is a list, field 1 of a list is a Value.
  let bytes = new Uint8Array()
  for (let level = depth; level > 0; level -= 1) bytes = new BinaryWriter().tag(level % 2 === 1 ? 1 : 6, WireType.LengthDelimited).bytes(bytes).finish()
  expect(outcome(() => checkWire(ListValueSchema, bytes))).toBe(refused)
})
