// Messages of any type, for properties: every field kind, edge values, well-known types within their ranges.
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { Draft } from '../../../src/base/proto-json/draft.js'
import type { DraftValue, Item, Scalar } from '../../../src/base/proto-json/draft.js'

const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fff_ffff, -0x8000_0000))
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 0xffff_ffff))
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(0n, -1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n))
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 2n ** 53n + 1n, 2n ** 64n - 1n))
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '"\\\u0000\u007f', '\u{1f600}'),
)
const bytes = fc.uint8Array({ maxLength: 9 })

const SCALARS: Readonly<Record<ScalarType, fc.Arbitrary<Scalar>>> = {
  [ScalarType.DOUBLE]: fc.double(),
  [ScalarType.FLOAT]: fc.float(),
  [ScalarType.INT64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.INT32]: int32,
  [ScalarType.FIXED64]: uint64,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.STRING]: text,
  [ScalarType.BYTES]: bytes,
  [ScalarType.UINT32]: uint32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.SINT32]: int32,
  [ScalarType.SINT64]: int64,
}

/** Messages of a type, with at most `depth` messages of the schema inside each other. */
export function arbitraryMessage(type: DescMessage, depth: number): fc.Arbitrary<Draft> {
  const special = SPECIAL.get(type.typeName)
  if (special !== undefined) return special(type, depth)
  const fields = type.fields.filter((field) => depth > 0 || field.message === undefined || field.message !== type)
  if (fields.length === 0) return fc.constant(new Draft(type))
  const pair = fc.constantFrom(...fields).chain((field) => arbitraryField(field, depth).map((value) => [field, value] as const))
  return fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.reduce((draft, [field, value]) => (draft.set(field, value), draft), new Draft(type)))
}

function arbitraryField(field: DescField, depth: number): fc.Arbitrary<DraftValue> {
  const item = arbitraryItem(field, depth)
  if (field.fieldKind === 'list') return fc.array(item, { maxLength: 3 })
  if (field.fieldKind !== 'map') return item
  return fc.array(fc.tuple(SCALARS[field.mapKey], item), { maxLength: 3 }).map((entries) => new Map(entries))
}

function arbitraryItem(field: DescField, depth: number): fc.Arbitrary<Item> {
  if (field.message !== undefined) return arbitraryMessage(field.message, depth - 1)
  if (field.enum === undefined) return SCALARS[field.scalar]
  const declared = fc.constantFrom(...field.enum.values.map((value) => value.number))
  return field.enum.typeName === 'google.protobuf.NullValue' ? fc.constant(0) : field.enum.open ? fc.oneof(declared, fc.constant(77)) : declared
}

function withFields(type: DescMessage, values: Readonly<Record<string, DraftValue>>): Draft {
  return Object.entries(values).reduce((draft, [name, value]) => draft.setByName(name, value), new Draft(type))
}

function fieldOf(type: DescMessage, name: string): DescField {
  return type.fields.find((field) => field.name === name)!
}

const nanos = fc.oneof(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(0, 1, 120_000_000, 999_999_999))

const SPECIAL: ReadonlyMap<string, (type: DescMessage, depth: number) => fc.Arbitrary<Draft>> = new Map([
  [
    'google.protobuf.Timestamp',
    (type: DescMessage) =>
      fc.tuple(fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), nanos).map(([seconds, n]) => withFields(type, { seconds, nanos: n })),
  ],
  [
    'google.protobuf.Duration',
    (type: DescMessage) =>
      fc
        .tuple(fc.bigInt({ min: 0n, max: 315_575_999_999n }), nanos, fc.boolean())
        .map(([seconds, n, below]) => withFields(type, below ? { seconds: -seconds, nanos: n === 0 ? 0 : -n } : { seconds, nanos: n })),
  ],
  [
    'google.protobuf.FieldMask',
    (type: DescMessage) =>
      fc.array(fc.constantFrom('a', 'page_size', 'user.display_name', 'b.c.d'), { maxLength: 3 }).map((paths) => withFields(type, { paths })),
  ],
  [
    'google.protobuf.Any',
    (type: DescMessage) =>
      fc
        .tuple(fc.constantFrom('type.example/unknown.v1.Thing', 'x/y/wide.v1.Nothing'), bytes)
        .map(([url, value]) => withFields(type, { type_url: url, value })),
  ],
  ['google.protobuf.Value', arbitraryValue],
  [
    'google.protobuf.Struct',
    (type: DescMessage, depth: number) =>
      fc
        .array(fc.tuple(text, arbitraryValue(fieldOf(type, 'fields').message!, depth)), { maxLength: 2 })
        .map((entries) => withFields(type, { fields: new Map(entries) })),
  ],
  [
    'google.protobuf.ListValue',
    (type: DescMessage, depth: number) =>
      fc.array(arbitraryValue(fieldOf(type, 'values').message!, depth), { maxLength: 2 }).map((values) => withFields(type, { values })),
  ],
])

function arbitraryValue(type: DescMessage, depth: number): fc.Arbitrary<Draft> {
  const plain = fc.oneof(
    fc.constant(withFields(type, { null_value: 0 })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => withFields(type, { number_value: number })),
    text.map((string) => withFields(type, { string_value: string })),
    fc.boolean().map((bool) => withFields(type, { bool_value: bool })),
  )
  if (depth <= 0) return plain
  return fc.oneof(
    plain,
    arbitraryMessage(fieldOf(type, 'struct_value').message!, depth - 1).map((struct) => withFields(type, { struct_value: struct })),
    arbitraryMessage(fieldOf(type, 'list_value').message!, depth - 1).map((list) => withFields(type, { list_value: list })),
  )
}
