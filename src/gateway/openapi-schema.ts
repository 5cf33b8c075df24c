// Message types as JSON Schema of OpenAPI 3.1, in the shape that the gateway prints them, with an example of each.
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { commentOf } from './comments.js'
import { BEHAVIOR, behaves } from './field-behavior.js'
import type { JsonOptions } from './options.js'

/** A JSON value of the document. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object of the document. */
export type JsonMap = Readonly<Record<string, Json>>

const TIMESTAMP = '2024-02-29T12:00:00Z'

/** Schema and example of the types whose JSON is not an object of their fields. */
const WELL_KNOWN: ReadonlyMap<string, readonly [schema: JsonMap, example: Json]> = new Map<string, readonly [JsonMap, Json]>([
  ['google.protobuf.Timestamp', [{ type: 'string', format: 'date-time' }, TIMESTAMP]],
  ['google.protobuf.Duration', [{ type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?s$' }, '3.500s']],
  [
    'google.protobuf.FieldMask',
    [{ type: 'string', description: 'Field paths in lowerCamelCase, separated by commas.' }, 'displayName'],
  ],
  ['google.protobuf.Struct', [{ type: 'object' }, {}]],
  ['google.protobuf.ListValue', [{ type: 'array', items: {} }, []]],
  ['google.protobuf.Value', [{ description: 'Any JSON value.' }, 'value']],
  ['google.protobuf.DoubleValue', [{ type: 'number', format: 'double' }, 1.5]],
  ['google.protobuf.FloatValue', [{ type: 'number', format: 'float' }, 1.5]],
  ['google.protobuf.Int64Value', [{ type: 'string', format: 'int64' }, '1']],
  ['google.protobuf.UInt64Value', [{ type: 'string', format: 'uint64' }, '1']],
  ['google.protobuf.Int32Value', [{ type: 'integer', format: 'int32' }, 1]],
  ['google.protobuf.UInt32Value', [{ type: 'integer', format: 'uint32' }, 1]],
  ['google.protobuf.BoolValue', [{ type: 'boolean' }, true]],
  ['google.protobuf.StringValue', [{ type: 'string' }, 'text']],
  ['google.protobuf.BytesValue', [{ type: 'string', contentEncoding: 'base64' }, 'AQI=']],
])

/** How deeply examples nest. */
const EXAMPLE_DEPTH = 3

/** Collects the schemas of the types that a document speaks of. */
export class SchemaBook {
  /** Schemas by component name, filled as types are referred to. */
  readonly schemas: Record<string, JsonMap> = {}
  private readonly options: JsonOptions
  private readonly suffix: string

  /** `suffix` is added to every component name, so that two ways of printing can stand in one document. */
  constructor(options: JsonOptions, suffix = '') {
    this.options = options
    this.suffix = suffix
  }

  /** The schema of a message, by reference where it has a name of its own. */
  message(type: DescMessage): JsonMap {
    if (type.typeName === 'google.protobuf.Any') return this.any()
    const known = WELL_KNOWN.get(type.typeName)
    if (known !== undefined) return known[0]
    return this.refer(type.typeName, () => this.object(type.fields, commentOf(type)))
  }

  /** An object of some fields of a message; those that are REQUIRED are so here. */
  part(fields: readonly DescField[]): JsonMap {
    const required = fields.filter((field) => behaves(field, BEHAVIOR.required)).map((field) => this.name(field))
    return { ...this.object(fields, ''), ...(required.length === 0 ? {} : { required }) }
  }

  /** The schema of a field, with its comment. */
  field(field: DescField): JsonMap {
    const description = commentOf(field)
    return {
      ...this.value(field),
      ...(description === '' ? {} : { description }),
      ...(behaves(field, BEHAVIOR.outputOnly) ? { readOnly: true } : {}),
      ...(behaves(field, BEHAVIOR.inputOnly) ? { writeOnly: true } : {}),
      ...(field.deprecated ? { deprecated: true } : {}),
    }
  }

  /** The name of a field in JSON. */
  name(field: DescField): string {
    return this.options.protoNames === true ? field.name : field.jsonName
  }

  /** A message that could be read and printed. */
  example(type: DescMessage, depth = 0): Json {
    if (type.typeName === 'google.protobuf.Any') return { typeUrl: 'type.googleapis.com/pkg.Message', value: 'CgF4' }
    const known = WELL_KNOWN.get(type.typeName)
    if (known !== undefined) return known[1]
    return this.examplePart(type.fields, depth)
  }

  /** An object of some fields of a message; of a oneof, its first. */
  examplePart(fields: readonly DescField[], depth = 0): Json {
    const single = fields.filter((field) => field.oneof === undefined || field.oneof.fields[0] === field)
    const shown = depth < EXAMPLE_DEPTH ? single : single.filter((field) => field.message === undefined)
    return Object.fromEntries(shown.map((field) => [this.name(field), this.exampleOf(field, depth)]))
  }

  /** A value that the field could have. */
  exampleOf(field: DescField, depth = 0): Json {
    const item = this.exampleItem(field, depth + 1)
    if (field.fieldKind === 'map') return { [exampleKey(field.mapKey)]: item }
    return field.fieldKind === 'list' ? [item] : item
  }

  private exampleItem(field: DescField, depth: number): Json {
    if (field.message !== undefined)
      return depth > EXAMPLE_DEPTH && !WELL_KNOWN.has(field.message.typeName) ? {} : this.example(field.message, depth)
    if (field.enum !== undefined) return this.enumValues(field.enum).at(1) ?? this.enumValues(field.enum)[0] ?? 0
    if (field.scalar === ScalarType.STRING) return field.name.replaceAll('_', '-')
    if (field.scalar === ScalarType.BYTES) return 'AQI='
    if (field.scalar === ScalarType.BOOL) return true
    return this.isLong(field.scalar) && this.options.int64Numbers !== true ? '1' : 1
  }

  private object(fields: readonly DescField[], description: string): JsonMap {
    const properties = Object.fromEntries(fields.map((field) => [this.name(field), this.field(field)]))
    return { type: 'object', ...(description === '' ? {} : { description }), properties }
  }

  private value(field: DescField): JsonMap {
    if (field.fieldKind === 'list') return { type: 'array', items: this.item(field) }
    return field.fieldKind === 'map' ? { type: 'object', additionalProperties: this.item(field) } : this.item(field)
  }

  private item(field: DescField): JsonMap {
    if (field.message !== undefined) return this.message(field.message)
    if (field.enum !== undefined) return this.enumeration(field.enum)
    return this.scalar(field.scalar)
  }

  private enumeration(type: DescEnum): JsonMap {
    if (type.typeName === 'google.protobuf.NullValue') return { type: 'null' }
    return this.refer(type.typeName, () => {
      const lines = [
        commentOf(type),
        ...type.values.map((value) => `- \`${value.name}\`: ${commentOf(value).replaceAll('\n', ' ')}`),
      ]
      return {
        type: this.options.enumNumbers === true ? 'integer' : 'string',
        description: lines.join('\n'),
        enum: this.enumValues(type),
      }
    })
  }

  private enumValues(type: DescEnum): (string | number | null)[] {
    if (type.typeName === 'google.protobuf.NullValue') return [null]
    return type.values.map((value) => (this.options.enumNumbers === true ? value.number : value.name))
  }

  private scalar(type: ScalarType): JsonMap {
    if (type === ScalarType.STRING) return { type: 'string' }
    if (type === ScalarType.BYTES) return { type: 'string', contentEncoding: 'base64' }
    if (type === ScalarType.BOOL) return { type: 'boolean' }
    if (type === ScalarType.DOUBLE) return { type: 'number', format: 'double' }
    if (type === ScalarType.FLOAT) return { type: 'number', format: 'float' }
    const isUnsigned = [ScalarType.UINT32, ScalarType.FIXED32, ScalarType.UINT64, ScalarType.FIXED64].includes(type)
    const format = `${isUnsigned ? 'u' : ''}int${this.isLong(type) ? '64' : '32'}`
    if (this.isLong(type) && this.options.int64Numbers !== true)
      return { type: 'string', format, pattern: isUnsigned ? '^\\d+$' : '^-?\\d+$' }
    return { type: 'integer', format, ...(isUnsigned ? { minimum: 0 } : {}) }
  }

  private isLong(type: ScalarType): boolean {
    return [ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64, ScalarType.UINT64, ScalarType.FIXED64].includes(type)
  }

  private any(): JsonMap {
    const bytes = {
      type: 'object',
      properties: { typeUrl: { type: 'string' }, value: { type: 'string', contentEncoding: 'base64' } },
      required: ['typeUrl'],
    }
    const message = {
      type: 'object',
      properties: { '@type': { type: 'string' } },
      required: ['@type'],
      additionalProperties: true,
    }
    return {
      description: 'A message of any type: with its fields beside `@type`, or encoded in base64.',
      anyOf: [message, bytes, { type: 'object', maxProperties: 0 }],
    }
  }

  private refer(typeName: string, make: () => JsonMap): JsonMap {
    const name = `${typeName}${this.suffix}`
    if (!Object.hasOwn(this.schemas, name)) {
      // The name is taken before the schema is made, so that a type may hold itself.
      this.schemas[name] = {}
      this.schemas[name] = make()
    }
    return { $ref: `#/components/schemas/${name}` }
  }
}

function exampleKey(type: ScalarType): string {
  if (type === ScalarType.STRING) return 'key'
  return type === ScalarType.BOOL ? 'true' : '1'
}
