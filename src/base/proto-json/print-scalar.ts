// One encoded scalar to its JSON text. Source: the proto3 JSON mapping.
import type { DescEnum } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import type { PrintOptions } from './print-options.js'
import type { WireReader } from './wire-reader.js'

/** Reads one value at the cursor and answers its JSON text; undefined when the value must be left out. */
export type Printer = (reader: WireReader) => string | undefined

/** The printer of a scalar type. */
export function scalarPrinter(type: ScalarType, options: PrintOptions): Printer {
  const long =
    options.int64Numbers === true
      ? (value: number | bigint): string => value.toString()
      : (value: number | bigint): string => `"${value.toString()}"`
  switch (type) {
    case ScalarType.STRING:
      return (reader) => reader.jsonString()
    case ScalarType.BYTES:
      return (reader) => `"${reader.bytes().toString('base64')}"`
    case ScalarType.BOOL:
      return (reader) => (reader.varint() === 0 ? 'false' : 'true')
    case ScalarType.DOUBLE:
      return (reader) => numberText(reader.double())
    case ScalarType.FLOAT:
      return (reader) => floatText(reader.float())
    case ScalarType.INT32:
      return (reader) => String(reader.uint32() | 0)
    case ScalarType.UINT32:
      return (reader) => String(reader.uint32())
    case ScalarType.SINT32:
      return (reader) => String(zigzag32(reader.uint32()))
    case ScalarType.FIXED32:
      return (reader) => String(reader.fixed32())
    case ScalarType.SFIXED32:
      return (reader) => String(reader.fixed32() | 0)
    case ScalarType.INT64:
      return (reader) => long(signed(reader.varint()))
    case ScalarType.UINT64:
      return (reader) => long(reader.varint())
    case ScalarType.SINT64:
      return (reader) => long(zigzag64(reader.uint64()))
    case ScalarType.FIXED64:
      return (reader) => long(reader.fixed64())
    case ScalarType.SFIXED64:
      return (reader) => long(BigInt.asIntN(64, reader.fixed64()))
  }
}

/** The text of the zero value of a scalar type. */
export function zeroText(type: ScalarType, options: PrintOptions): string {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return '""'
    case ScalarType.BOOL:
      return 'false'
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return options.int64Numbers === true ? '0' : '"0"'
    default:
      return '0'
  }
}

/** The printer of an enum: names, or numbers where there is no name. A closed enum leaves unknown numbers out. */
export function enumPrinter(type: DescEnum, options: PrintOptions): Printer {
  const texts = new Map(type.values.toReversed().map((value) => [value.number, enumText(type, value, options)]))
  return (reader) => {
    const number = reader.uint32() | 0
    return texts.get(number) ?? (type.open ? String(number) : undefined)
  }
}

/** The JSON text of one declared enum value. */
export function enumText(
  type: DescEnum,
  value: { readonly name: string; readonly number: number },
  options: PrintOptions,
): string {
  if (type.typeName === 'google.protobuf.NullValue') return 'null'
  return options.enumNumbers === true ? String(value.number) : `"${value.name}"`
}

/** A double, with the names that JSON has no numbers for. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The shortest text that gives the same 32-bit float: 0.1, not 0.10000000149011612. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return numberText(Object.is(value, -0) ? value : short)
  }
  return numberText(value)
}

/** A varint as the two's complement of 64 bits. */
export function signed(value: number | bigint): number | bigint {
  return typeof value === 'number' ? value : BigInt.asIntN(64, value)
}

function zigzag32(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

function zigzag64(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}
