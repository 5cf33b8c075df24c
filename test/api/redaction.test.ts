// What is secret never reaches the store.
import { create, fromBinary, fromJson, toBinary, toJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { StringValueSchema, StructSchema, ValueSchema, AnySchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import type { Any } from '../../gen/google/protobuf/any.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { Redactor } from '../../src/api/redaction.js'
import { REDACTED } from '../../src/base/secrets.js'
import { packAny } from '../../src/base/any.js'
import { FieldViolations } from '../../src/task/field-violations.js'
import type { TaskError } from '../../src/task/task-error.js'
import { outcome, thrownBy } from '../support/outcome.js'

const STRUCT = 'type.googleapis.com/google.protobuf.Struct'

function struct(value: JsonObject): Any {
  return { typeUrl: STRUCT, value: Buffer.from(toBinary(StructSchema, fromJson(StructSchema, value))) }
}

function cleaned(any: Any | undefined, secrets: readonly string[] = []): Any | undefined {
  const violations = new FieldViolations()
  const clean = new Redactor(secrets).payload('response', any, violations)
  violations.throwIfAny()
  return clean
}

function redacted(value: JsonObject, secrets: readonly string[] = []): JsonValue {
  const any = cleaned(struct(value), secrets)
  return toJson(StructSchema, fromBinary(StructSchema, any?.value ?? new Uint8Array()))
}

/** `value` under so many objects. */
function nested(depth: number, value: JsonObject): JsonObject {
  return depth === 0 ? value : { in: nested(depth - 1, value) }
}

describe('by default', () => {
  test.each([
    'password', 'Password', 'adminPassword', 'admin_password', 'ADMIN-PASSWORD', 'passwd', 'passphrase', 'secret', 'clientSecret',
    'token', 'accessToken', 'api_key', 'apiKey', 'X-Api-Key', 'accessKey', 'privateKey', 'private_key', 'credentials', 'Authorization', 'kubeconfig',
    'pwd', 'dbPwd', 'pass', 'cookie', 'Set-Cookie', 'sshKey', 'private key', 'auth', 'connectionString', 'password.value', 'a.token.b',
  ])('%s is secret', (name) => {
    expect(redacted({ [name]: 'hunter2', kept: 'x' })).toEqual({ [name]: REDACTED, kept: 'x' })
  })

  test.each(['name', 'passenger', 'key', 'author', 'user', 'config'])('%s is not', (name) => {
    expect(redacted({ [name]: 'x' })).toEqual({ [name]: 'x' })
  })

  test.each<[string, JsonValue, JsonValue]>([
    ['a web address', 'postgres://bob:hunter2@db/x', 'postgres://bob:[redacted]@db/x'],
    ['a header', 'Bearer abc.def', 'Bearer [redacted]'],
    ['a command line', 'login --password hunter2 --name y', 'login --password [redacted] --name y'],
    ['words of a command line', ['login', '--password', 'hunter2', '--api-key=x', 'y'], ['login', '--password', REDACTED, '--api-key=[redacted]', 'y']],
    ['variables', [{ name: 'DB_PASSWORD', value: 'x' }, { name: 'ZONE', value: 'z' }], [{ name: 'DB_PASSWORD', value: REDACTED }, { name: 'ZONE', value: 'z' }]],
    ['other text', ['Basic plan', 'https://h/a@b', 'a, b: c'], ['Basic plan', 'https://h/a@b', 'a, b: c']],
  ])('%s is looked at', (_name, value, expected) => {
    expect(redacted({ at: value })).toEqual({ at: expected })
  })

  test('long text takes no time', () => {
    const began = performance.now()
    for (const part of ['a=b ', "\"'", '://', '-a']) redacted({ at: part.repeat(60_000 / part.length) })
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('in objects and lists, and whole when it is one', () => {
    const value = { spec: { nodes: [{ password: 'a' }, { name: 'b' }] }, secrets: { a: 'b' }, tokens: ['x'], pin: { token: 5 } }
    expect(redacted(value)).toEqual({
      spec: { nodes: [{ password: REDACTED }, { name: 'b' }] },
      secrets: REDACTED,
      tokens: REDACTED,
      pin: { token: REDACTED },
    })
  })

  test.each([10, 49, 50, 51, 98])('however deep it lies: %i objects', (depth) => {
    const given = struct(nested(depth, { password: 'hunter2' }))
    expect(given.value.includes('hunter2')).toBe(true)
    expect(cleaned(given)?.value.includes('hunter2')).toBe(false)
  })
})

describe('by configuration', () => {
  test.each<[string, readonly string[], JsonObject, JsonObject]>([
    ['a name, anywhere', ['adminPin'], { adminPin: '1', spec: { admin_pin: '2' } }, { adminPin: REDACTED, spec: { admin_pin: REDACTED } }],
    ['a whole name only', ['pin'], { pin: '1', pineapple: '2' }, { pin: REDACTED, pineapple: '2' }],
    ['any end of a name', ['admin*'], { adminPin: '1', pinAdmin: '2' }, { adminPin: REDACTED, pinAdmin: '2' }],
    ['any part of a path', ['*.pin'], { pin: '1', spec: { pin: '2', in: { pin: '3' } } }, { pin: '1', spec: { pin: REDACTED, in: { pin: '3' } } }],
    ['a path, from the top', ['spec.pin'], { pin: '1', spec: { pin: '2', more: { spec: { pin: '3' } } } }, { pin: '1', spec: { pin: REDACTED, more: { spec: { pin: '3' } } } }],
  ])('%s', (_name, secrets, value, expected) => {
    expect(redacted(value, secrets)).toEqual(expected)
  })
})

describe('payloads', () => {
  test('without a secret stay the same object', () => {
    const any = struct({ name: 'x' })
    expect(cleaned(any)).toBe(any)
    expect(cleaned(undefined)).toBeUndefined()
  })

  test('of an unknown type stay as they are', () => {
    const any = { typeUrl: 'example.com/acme.v1.Cluster', value: Buffer.from('password: hunter2') }
    expect(cleaned(any)).toBe(any)
  })

  test('that are not of their type are refused, however they are packed: nobody can tell what they hold', () => {
    const good = struct({ password: 'hunter2' })
    const bad = { ...good, value: Buffer.concat([good.value, Buffer.from([0xff, 0xff])]) }
    const packed = { typeUrl: 'type.googleapis.com/google.protobuf.Any', value: Buffer.from(toBinary(AnySchema, create(AnySchema, bad))) }
    for (const any of [bad, packed]) expect(outcome(() => cleaned(any))).toBe('INVALID_FIELD')
    const violations = new FieldViolations()
    new Redactor([]).task(Task.create({ metadata: bad }), violations)
    new Redactor([]).error(Status.create({ details: [good, bad] }), violations)
    const refusal = thrownBy(() => violations.throwIfAny())
    const fields = (refusal as TaskError).details.fieldViolations?.map(({ field }) => field)
    expect(fields).toEqual(['task.metadata.value', 'error.details[1].value'])
  })

  test('of other types: text in a wrapper, a map of text, an Any within an Any', () => {
    const info = packAny(ErrorInfo, { reason: 'R', domain: 'd', metadata: { token: 't', zone: 'z' } })
    const kept = cleaned(info)
    expect(ErrorInfo.decode(kept?.value ?? new Uint8Array())).toMatchObject({ metadata: { token: REDACTED, zone: 'z' } })
    const inner = struct({ password: 'hunter2' })
    const outer = { typeUrl: 'type.googleapis.com/google.protobuf.Any', value: Buffer.from(toBinary(AnySchema, create(AnySchema, inner))) }
    expect(cleaned(outer)?.value.includes('hunter2')).toBe(false)
    const text = { typeUrl: 'type.googleapis.com/google.protobuf.StringValue', value: Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, { value: 'x' }))) }
    expect(cleaned(text)).toBe(text)
    const value = { typeUrl: 'type.googleapis.com/google.protobuf.Value', value: Buffer.from(toBinary(ValueSchema, fromJson(ValueSchema, [{ secret: 1 }]))) }
    expect(cleaned(value)).not.toBe(value)
  })

  test('of a task and of an error', () => {
    const redactor = new Redactor([])
    const violations = new FieldViolations()
    const secret = struct({ password: 'hunter2' })
    const task = redactor.task(Task.create({ command: 'c', summary: 's', metadata: secret }), violations)
    expect(task).toMatchObject({ command: 'c', summary: 's' })
    expect(task?.metadata?.value.includes('hunter2')).toBe(false)
    const error = redactor.error(Status.create({ code: 13, message: 'm', details: [secret, struct({ name: 'x' })] }), violations)
    expect(error).toMatchObject({ code: 13, message: 'm', details: [{}, struct({ name: 'x' })] })
    expect(error?.details[0]?.value.includes('hunter2')).toBe(false)
    expect([redactor.task(undefined, violations), redactor.error(undefined, violations)]).toEqual([undefined, undefined])
  })
})
