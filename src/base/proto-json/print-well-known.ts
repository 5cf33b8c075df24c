// The messages whose JSON is not an object of their fields, from their bytes.
// Source: the proto3 JSON mapping and the comments of google/protobuf/*.proto.
import type { DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { wireTypeOf } from './draft.js'
import { formatDuration } from './duration-text.js'
import { formatFieldMask } from './field-mask-text.js'
import type { PrintOptions } from './print-options.js'
import { numberText, scalarPrinter, signed, zeroText } from './print-scalar.js'
import { formatTimestamp } from './timestamp-text.js'
import type { TypeSource } from './type-source.js'
import { WireFault, WireReader } from './wire-reader.js'

/** What the printers of single types need from the printer of messages. */
interface Printing {
  readonly types: TypeSource
  readonly options: PrintOptions
  printAt(type: DescMessage, reader: WireReader, end: number): string
}

/** Prints the message whose bytes are from the cursor to `end`. Throws WireFault. */
type Printer = (printing: Printing, reader: WireReader, end: number) => string

/** Printers by full type name. */
export const WELL_KNOWN_PRINTERS: ReadonlyMap<string, Printer> = new Map<string, Printer>([
  ['google.protobuf.Any', printAny],
  [
    'google.protobuf.Timestamp',
    (_, reader, end) => quoted(formatTimestamp(secondsAndNanos(reader, end)), 'a time outside the years 1 to 9999'),
  ],
  [
    'google.protobuf.Duration',
    (_, reader, end) => quoted(formatDuration(secondsAndNanos(reader, end)), 'a duration out of range'),
  ],
  ['google.protobuf.FieldMask', printFieldMask],
  ['google.protobuf.Struct', printStruct],
  ['google.protobuf.Value', printValue],
  ['google.protobuf.ListValue', printListValue],
  ['google.protobuf.DoubleValue', wrapper(ScalarType.DOUBLE)],
  ['google.protobuf.FloatValue', wrapper(ScalarType.FLOAT)],
  ['google.protobuf.Int64Value', wrapper(ScalarType.INT64)],
  ['google.protobuf.UInt64Value', wrapper(ScalarType.UINT64)],
  ['google.protobuf.Int32Value', wrapper(ScalarType.INT32)],
  ['google.protobuf.UInt32Value', wrapper(ScalarType.UINT32)],
  ['google.protobuf.BoolValue', wrapper(ScalarType.BOOL)],
  ['google.protobuf.StringValue', wrapper(ScalarType.STRING)],
  ['google.protobuf.BytesValue', wrapper(ScalarType.BYTES)],
])

/** Goes through the fields up to `end`; `take` gets each tag (number and wire type) and answers whether it has read the value. */
function eachField(reader: WireReader, end: number, take: (tag: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!take(tag)) reader.skip(tag & 7, tag >>> 3)
  }
  if (reader.pos > end) throw new WireFault('a field that is longer than its message')
}

function quoted(text: string | undefined, otherwise: string): string {
  if (text === undefined) throw new WireFault(otherwise)
  return `"${text}"`
}

function secondsAndNanos(reader: WireReader, end: number): { seconds: number; nanos: number } {
  let seconds = 0
  let nanos = 0
  eachField(reader, end, (tag) => {
    if (tag === 8) seconds = Number(signed(reader.varint()))
    else if (tag === 16) nanos = reader.uint32() | 0
    return tag === 8 || tag === 16
  })
  return { seconds, nanos }
}

function printFieldMask(_: Printing, reader: WireReader, end: number): string {
  const paths: string[] = []
  eachField(reader, end, (tag) => tag === 10 && paths.push(reader.string()) > 0)
  return JSON.stringify(formatFieldMask(paths) ?? fail('a field path that JSON cannot show'))
}

function fail(what: string): never {
  throw new WireFault(what)
}

const EMPTY = Buffer.alloc(0)

function printAny(printing: Printing, reader: WireReader, end: number): string {
  const isDocumented = printing.options.any === 'documented'
  let url = isDocumented ? '""' : ''
  let value: Buffer = EMPTY
  eachField(reader, end, (tag) => {
    if (tag === 10) url = isDocumented ? reader.jsonString() : reader.string()
    else if (tag === 18) value = reader.bytes()
    return tag === 10 || tag === 18
  })
  if (!isDocumented) {
    if (url === '' && value.length === 0) return '{}'
    const canonical = printPacked(printing, url, { value, depth: reader.depth })
    if (canonical !== undefined) return canonical
  }
  const name = printing.options.protoNames === true ? 'type_url' : 'typeUrl'
  return `{"${name}":${isDocumented ? url : JSON.stringify(url)},"value":"${value.toString('base64')}"}`
}

/**
 * The canonical form; undefined when the type is not known or the bytes are not of it, which must not fail the answer
 * around it.
 */
function printPacked(printing: Printing, url: string, packed: { value: Uint8Array; depth: number }): string | undefined {
  const type = url.includes('/') ? printing.types.message(url.slice(url.lastIndexOf('/') + 1)) : undefined
  if (type === undefined) return undefined
  try {
    const reader = new WireReader(packed.value)
    reader.depth = packed.depth
    const text = printing.printAt(type, reader, reader.length)
    const head = `{"@type":${JSON.stringify(url)}`
    if (WELL_KNOWN_PRINTERS.has(type.typeName)) return `${head},"value":${text}}`
    return text === '{}' ? `${head}}` : `${head},${text.slice(1)}`
  } catch (error) {
    if (error instanceof WireFault) return undefined
    throw error
  }
}

function wrapper(type: ScalarType): Printer {
  const own = 8 | wireTypeOf(type)
  return ({ options }, reader, end) => {
    const print = scalarPrinter(type, options)
    let text = zeroText(type, options)
    eachField(reader, end, (tag) => {
      if (tag === own) text = print(reader) ?? text
      return tag === own
    })
    return text
  }
}

function printStruct(printing: Printing, reader: WireReader, end: number): string {
  const entries = new Map<string, string>()
  eachField(reader, end, (tag) => {
    if (tag !== 10) return false
    let key = '""'
    let value = 'null'
    eachField(reader, reader.span(), (part) => {
      if (part === 10) key = reader.jsonString()
      else if (part === 18) value = nested(printing, reader, printValue)
      return part === 10 || part === 18
    })
    entries.delete(key)
    entries.set(key, value)
    return true
  })
  return `{${[...entries].map(([key, value]) => `${key}:${value}`).join(',')}}`
}

function printListValue(printing: Printing, reader: WireReader, end: number): string {
  const items: string[] = []
  eachField(reader, end, (tag) => tag === 10 && items.push(nested(printing, reader, printValue)) > 0)
  return `[${items.join(',')}]`
}

function printValue(printing: Printing, reader: WireReader, end: number): string {
  let text = 'null'
  eachField(reader, end, (tag) => {
    if (tag === 8) {
      reader.uint64()
      text = 'null'
    } else if (tag === 17) text = finite(reader.double())
    else if (tag === 26) text = reader.jsonString()
    else if (tag === 32) text = reader.varint() === 0 ? 'false' : 'true'
    else if (tag === 42) text = nested(printing, reader, printStruct)
    else if (tag === 50) text = nested(printing, reader, printListValue)
    return [8, 17, 26, 32, 42, 50].includes(tag)
  })
  return text
}

function finite(value: number): string {
  return Number.isFinite(value) ? numberText(value) : fail('a google.protobuf.Value whose number is not finite')
}

/** How deeply free-form JSON may nest. */
const MAX_DEPTH = 100

function nested(printing: Printing, reader: WireReader, print: Printer): string {
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw new WireFault('values nested too deeply')
  const text = print(printing, reader, reader.span())
  reader.depth -= 1
  return text
}
