// Reads a request as strictly as proto3 defines it, before the generated code, which lets broken text and times pass.
import { isUtf8 } from 'node:buffer'
import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { MESSAGE_LIMITS } from '../limits.js'
import { FieldViolations } from '../task/field-violations.js'
import { TaskError } from '../task/task-error.js'

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z (google/protobuf/timestamp.proto).
const TIMESTAMP_SECONDS = { min: -62_135_596_800n, max: 253_402_300_799n }
// About 10,000 years (google/protobuf/duration.proto).
const DURATION_SECONDS = { min: -315_576_000_000n, max: 315_576_000_000n }
const NANOS = 1_000_000_000n

/**
 * Throws INVALID_ARGUMENT unless `bytes` are a message of type `message`: MALFORMED_MESSAGE when they are no protobuf
 * message, INVALID_FIELD when text is not UTF-8, a map has a key that JavaScript objects cannot hold, or a Timestamp or
 * Duration is out of range. Unknown fields pass, as proto3 says.
 */
export function checkWire(message: DescMessage, bytes: Uint8Array): void {
  const violations = new FieldViolations()
  try {
    new WireCheck(violations).message(message, bytes, '', 0)
  } catch (error) {
    if (error instanceof TaskError) throw error
    throw malformed(message)
  }
  violations.throwIfAny()
}

/** INVALID_ARGUMENT: the bytes are no such message. */
export function malformed(message: DescMessage): TaskError {
  return new TaskError('INVALID_ARGUMENT', 'MALFORMED_MESSAGE', `The bytes are not a ${message.typeName}`)
}

class WireCheck {
  private readonly violations: FieldViolations

  constructor(violations: FieldViolations) {
    this.violations = violations
  }

  message(message: DescMessage, bytes: Uint8Array, path: string, depth: number): void {
    if (depth > MESSAGE_LIMITS.depth) throw new RangeError('Nested too deeply')
    const fields = fieldsByNumber(message)
    const reader = new BinaryReader(bytes)
    const numbers = new Map<number, bigint>()
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      const field = fields.get(number)
      if (field === undefined) reader.skip(wireType, number)
      else if (wireType === WireType.LengthDelimited) this.delimited(field, reader.bytes(), path, depth)
      else if (wireType === WireType.Varint) numbers.set(number, BigInt(reader.int64()))
      else reader.skip(wireType, number)
    }
    if (reader.pos !== reader.len) throw new RangeError('The last field is cut short')
    this.range(message, numbers, path)
  }

  private delimited(field: DescField, bytes: Uint8Array, parent: string, depth: number): void {
    const path = parent === '' ? field.name : `${parent}.${field.name}`
    if (isText(field) && !isUtf8(bytes)) this.violations.add(path, 'expected UTF-8')
    if (field.fieldKind === 'map') this.mapEntry(field, bytes, path, depth)
    else if (field.message !== undefined) this.message(field.message, bytes, path, depth + 1)
  }

  private mapEntry(field: DescField & { fieldKind: 'map' }, bytes: Uint8Array, path: string, depth: number): void {
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      if (wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, number)
        continue
      }
      const part = reader.bytes()
      const isString = number === 1 ? field.mapKey === ScalarType.STRING : field.scalar === ScalarType.STRING
      if (isString && !isUtf8(part)) this.violations.add(path, `expected UTF-8 in ${number === 1 ? 'its keys' : 'its values'}`)
      if (number === 1 && Buffer.from(part).toString() === '__proto__') {
        this.violations.add(path, '"__proto__" cannot be a key')
      }
      if (number === 2 && field.message !== undefined) this.message(field.message, part, path, depth + 1)
    }
  }

  private range(message: DescMessage, numbers: ReadonlyMap<number, bigint>, path: string): void {
    const seconds = numbers.get(1) ?? 0n
    const nanos = numbers.get(2) ?? 0n
    if (message.typeName === 'google.protobuf.Timestamp') {
      if (!isWithin(seconds, TIMESTAMP_SECONDS) || nanos < 0n || nanos >= NANOS) {
        this.violations.add(path, 'expected a time from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z')
      }
    } else if (message.typeName === 'google.protobuf.Duration') {
      const sameSign = seconds === 0n || nanos === 0n || seconds > 0n === nanos > 0n
      if (!isWithin(seconds, DURATION_SECONDS) || nanos <= -NANOS || nanos >= NANOS || !sameSign) {
        this.violations.add(path, 'expected a duration of at most 315,576,000,000 seconds')
      }
    }
  }
}

const byNumber = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>()

function fieldsByNumber(message: DescMessage): ReadonlyMap<number, DescField> {
  const known = byNumber.get(message)
  if (known !== undefined) return known
  const fields = new Map(message.fields.map((field) => [field.number, field]))
  byNumber.set(message, fields)
  return fields
}

function isText(field: DescField): boolean {
  return (field.fieldKind === 'scalar' || (field.fieldKind === 'list' && field.listKind === 'scalar')) &&
    field.scalar === ScalarType.STRING
}

function isWithin(value: bigint, { min, max }: { readonly min: bigint; readonly max: bigint }): boolean {
  return value >= min && value <= max
}
