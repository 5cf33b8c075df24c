// A message under construction: values by field descriptor, encoded once it is complete. Unlike a plain object it cannot
// confuse a field or map key with a property, and unlike bytes it can be asked what is set.
import type { DescExtension, DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'

/** A field, or an extension that is used as one. */
export type Member = DescField | DescExtension

/** One scalar: 64-bit integers are bigint, enums are their number. */
export type Scalar = string | number | bigint | boolean | Uint8Array

/** One value of a field, list or map. */
export type Item = Scalar | Draft

/** What a field can hold, by its kind. */
export type DraftValue = Item | readonly Item[] | ReadonlyMap<Scalar, Item>

/** A message under construction. */
export class Draft {
  readonly type: DescMessage
  /** Made with the first value: many messages of a long list have none. */
  private values: Map<Member, DraftValue> | undefined

  constructor(type: DescMessage) {
    this.type = type
  }

  /** Whether nothing is set. */
  get isBlank(): boolean {
    return this.values === undefined || this.values.size === 0
  }

  /** The value set for `field`, or undefined. */
  get(field: Member): DraftValue | undefined {
    return this.values?.get(field)
  }

  /** Sets a field, and clears the other members of its oneof. A zero value of a field without presence counts as not set. */
  set(field: Member, value: DraftValue): void {
    this.values ??= new Map()
    if (this.values.size > 0) for (const other of field.oneof?.fields ?? []) this.values.delete(other)
    if (isEmpty(field, value)) this.values.delete(field)
    else this.values.set(field, value)
  }

  /** Takes over all values of another draft of the same type. */
  takeFrom(other: Draft): void {
    for (const [field, value] of other.values ?? []) this.set(field, value)
  }

  /** Sets a field of this message by its name in the proto. Throws Error when there is no such field. */
  setByName(name: string, value: DraftValue): this {
    const field = this.type.fields.find((candidate) => candidate.name === name)
    if (field === undefined) throw new Error(`${this.type.typeName} has no field ${name}`)
    this.set(field, value)
    return this
  }

  /** The draft in a singular message field, made when absent. */
  child(field: Member & { readonly message: DescMessage }): Draft {
    const present = this.values?.get(field)
    if (present instanceof Draft) return present
    const made = new Draft(field.message)
    this.set(field, made)
    return made
  }

  /** The encoded message, fields in the order of their numbers. */
  encode(): Uint8Array {
    const writer = new BinaryWriter()
    this.write(writer)
    return writer.finish()
  }

  private write(writer: BinaryWriter): void {
    if (this.values === undefined) return
    const fields = [...this.values]
    if (fields.length > 1) fields.sort(([a], [b]) => a.number - b.number)
    for (const [field, value] of fields) writeField(writer, field, value)
  }

  /** Writes this message as the value of field `number`. */
  writeAs(writer: BinaryWriter, number: number, delimited: boolean): void {
    if (delimited) {
      writer.tag(number, WireType.StartGroup)
      this.write(writer)
      writer.tag(number, WireType.EndGroup)
    } else {
      writer.tag(number, WireType.LengthDelimited).fork()
      this.write(writer)
      writer.join()
    }
  }
}

function isEmpty(field: Member, value: DraftValue): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Map) return value.size === 0
  if (value instanceof Draft || field.presence !== FeatureSet_FieldPresence.IMPLICIT) return false
  return value instanceof Uint8Array ? value.length === 0 : value === '' || value === false || value === 0n || Object.is(value, 0)
}

function writeField(writer: BinaryWriter, field: Member, value: DraftValue): void {
  if (field.fieldKind === 'map') {
    for (const [key, item] of value as ReadonlyMap<Scalar, Item>) {
      writer.tag(field.number, WireType.LengthDelimited).fork()
      writeScalar(writer, { number: 1, type: field.mapKey }, key)
      writeItem(writer, { number: 2, type: field.scalar ?? ScalarType.INT32, delimited: false }, item)
      writer.join()
    }
    return
  }
  const type = field.scalar ?? ScalarType.INT32
  const delimited = 'delimitedEncoding' in field && field.delimitedEncoding
  if (field.fieldKind !== 'list') writeItem(writer, { number: field.number, type, delimited }, value as Item)
  else if (field.packed) {
    writer.tag(field.number, WireType.LengthDelimited).fork()
    for (const item of value as readonly Scalar[]) WRITERS[type](writer, item)
    writer.join()
  } else {
    for (const item of value as readonly Item[]) writeItem(writer, { number: field.number, type, delimited }, item)
  }
}

function writeItem(writer: BinaryWriter, as: { number: number; type: ScalarType; delimited: boolean }, item: Item): void {
  if (item instanceof Draft) item.writeAs(writer, as.number, as.delimited)
  else writeScalar(writer, as, item)
}

function writeScalar(writer: BinaryWriter, as: { number: number; type: ScalarType }, value: Scalar): void {
  WRITERS[as.type](writer.tag(as.number, wireTypeOf(as.type)), value)
}

/** The wire type of one value of a scalar type. */
export function wireTypeOf(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32
    default:
      return WireType.Varint
  }
}

/** Writes one value without its tag. The reader has checked that the value is of the type. */
const WRITERS: Readonly<Record<ScalarType, (writer: BinaryWriter, value: Scalar) => unknown>> = {
  [ScalarType.DOUBLE]: (writer, value) => writer.double(value as number),
  [ScalarType.FLOAT]: (writer, value) => writer.float(value as number),
  [ScalarType.INT64]: (writer, value) => writer.int64(value as bigint),
  [ScalarType.UINT64]: (writer, value) => writer.uint64(value as bigint),
  [ScalarType.INT32]: (writer, value) => writer.int32(value as number),
  [ScalarType.FIXED64]: (writer, value) => writer.fixed64(value as bigint),
  [ScalarType.FIXED32]: (writer, value) => writer.fixed32(value as number),
  [ScalarType.BOOL]: (writer, value) => writer.bool(value as boolean),
  [ScalarType.STRING]: (writer, value) => writer.string(value as string),
  [ScalarType.BYTES]: (writer, value) => writer.bytes(value as Uint8Array),
  [ScalarType.UINT32]: (writer, value) => writer.uint32(value as number),
  [ScalarType.SFIXED32]: (writer, value) => writer.sfixed32(value as number),
  [ScalarType.SFIXED64]: (writer, value) => writer.sfixed64(value as bigint),
  [ScalarType.SINT32]: (writer, value) => writer.sint32(value as number),
  [ScalarType.SINT64]: (writer, value) => writer.sint64(value as bigint),
}
