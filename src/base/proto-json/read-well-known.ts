// The messages whose JSON is not an object of their fields: Any, times, masks, wrappers and free-form JSON.
// Source: the proto3 JSON mapping and the comments of google/protobuf/*.proto.
import type { DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { Draft } from './draft.js'
import type { Item } from './draft.js'
import { parseDuration } from './duration-text.js'
import { parseFieldMask } from './field-mask-text.js'
import { fieldPath, keyPath } from './json-fault.js'
import { JsonNumber, JsonObject, kindOf } from './json-text.js'
import type { JsonNode } from './json-text.js'
import { readScalar, Refusal } from './read-scalar.js'
import type { Reading } from './reading.js'
import { parseTimestamp } from './timestamp-text.js'

type Reader = (reader: Reading, type: DescMessage, node: JsonNode, path: string) => Draft | null

/** Readers by full type name. */
export const WELL_KNOWN_READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['google.protobuf.Any', readAny],
  ['google.protobuf.Timestamp', readTimestamp],
  ['google.protobuf.Duration', readDuration],
  ['google.protobuf.FieldMask', readFieldMask],
  ['google.protobuf.Struct', readStruct],
  ['google.protobuf.Value', readValue],
  ['google.protobuf.ListValue', readListValue],
  ...['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map((name): [string, Reader] => [
    `google.protobuf.${name}Value`,
    readWrapper,
  ]),
])

/** Both forms are read: `{"@type": ...}` of a known type, and `{"typeUrl", "value"}` with the value in base64. */
function readAny(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (!(node instanceof JsonObject)) return reader.refuse(path, `expected an object, got ${kindOf(node)}`)
  const draft = new Draft(type)
  const types = node.members.filter(([key]) => key === '@type')
  if (types.length === 0) {
    reader.fields(draft, node, path)
    return draft
  }
  const at = fieldPath(path, '@type')
  const url = types[0]?.[1]
  if (types.length > 1) return reader.refuse(at, 'given more than once')
  if (typeof url !== 'string' || !/^[^/]*(?:\/[^/]*)*\/[\w.]+$/.test(url))
    return reader.refuse(at, 'expected a type URL such as "type.googleapis.com/pkg.Message"')
  const packed = reader.types.message(url.slice(url.lastIndexOf('/') + 1))
  if (packed === undefined)
    return reader.refuse(at, 'a message type that is not known here; give "typeUrl" and "value" in base64 instead')
  const message = readPacked(reader, packed, node, path)
  return message && draft.setByName('type_url', url).setByName('value', message.encode())
}

function readPacked(reader: Reading, type: DescMessage, node: JsonObject, path: string): Draft | null {
  if (!WELL_KNOWN_READERS.has(type.typeName)) {
    const draft = new Draft(type)
    reader.fields(draft, node, path, '@type')
    return draft
  }
  const rest = node.members.filter(([key]) => key !== '@type')
  const value = rest[0]
  if (rest.length !== 1 || value?.[0] !== 'value') return reader.refuse(path, 'expected "@type" and "value", and nothing else')
  return reader.message(type, value[1], fieldPath(path, 'value'))
}

function readTimestamp(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (typeof node !== 'string') return reader.refuse(path, `expected a time such as "2024-02-29T12:00:00Z", got ${kindOf(node)}`)
  const instant = parseTimestamp(node)
  if (instant === undefined)
    return reader.refuse(path, 'expected a time of RFC 3339 between the years 1 and 9999, such as "2024-02-29T12:00:00Z"')
  return new Draft(type).setByName('seconds', instant.seconds).setByName('nanos', instant.nanos)
}

function readDuration(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (typeof node !== 'string') return reader.refuse(path, `expected a duration such as "3.5s", got ${kindOf(node)}`)
  const span = parseDuration(node)
  if (span === undefined) return reader.refuse(path, 'expected seconds up to 10,000 years, such as "3.5s"')
  return new Draft(type).setByName('seconds', span.seconds).setByName('nanos', span.nanos)
}

function readFieldMask(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (typeof node !== 'string') return reader.refuse(path, `expected field paths in a string, got ${kindOf(node)}`)
  const paths = parseFieldMask(node)
  if (paths === undefined) return reader.refuse(path, 'expected lowerCamelCase field paths separated by commas')
  return new Draft(type).setByName('paths', paths)
}

function readWrapper(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  const value = readScalar(type.fields[0]?.scalar ?? ScalarType.STRING, node)
  return value instanceof Refusal ? reader.refuse(path, value.description) : new Draft(type).setByName('value', value)
}

function readStruct(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (!(node instanceof JsonObject)) return reader.refuse(path, `expected an object, got ${kindOf(node)}`)
  const value = memberType(type, 'fields')
  const fields = new Map<string, Item>()
  for (const [key, element] of node.members) {
    const at = keyPath(path, key)
    if (fields.has(key)) reader.refuse(at, 'given more than once')
    const item = readValue(reader, value, element, at)
    if (item !== null) fields.set(key, item)
  }
  return new Draft(type).setByName('fields', fields)
}

function readListValue(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  if (!Array.isArray(node)) return reader.refuse(path, `expected an array, got ${kindOf(node)}`)
  const value = memberType(type, 'values')
  const items = (node as readonly JsonNode[]).map((element, i) => readValue(reader, value, element, `${path}[${i}]`))
  return new Draft(type).setByName(
    'values',
    items.filter((item) => item !== null),
  )
}

function readValue(reader: Reading, type: DescMessage, node: JsonNode, path: string): Draft | null {
  const draft = new Draft(type)
  if (node === null) return draft.setByName('null_value', 0)
  if (typeof node === 'string') return draft.setByName('string_value', node)
  if (typeof node === 'boolean') return draft.setByName('bool_value', node)
  if (node instanceof JsonNumber) {
    const number = readScalar(ScalarType.DOUBLE, node)
    return number instanceof Refusal ? reader.refuse(path, number.description) : draft.setByName('number_value', number)
  }
  const [name, read] =
    node instanceof JsonObject ? (['struct_value', readStruct] as const) : (['list_value', readListValue] as const)
  const inner = read(reader, memberType(type, name), node, path)
  return inner && draft.setByName(name, inner)
}

function memberType(type: DescMessage, name: string): DescMessage {
  const message = type.fields.find((field) => field.name === name)?.message
  if (message === undefined) throw new Error(`${type.typeName} is not the well-known type of that name`)
  return message
}
