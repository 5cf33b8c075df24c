// Messages to JSON, as tables over encoded bytes: options, order, merging, and what cannot be shown.
import { create, toBinary } from '@bufbuild/protobuf'
import { AnySchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import { JsonFault } from '../../../src/base/proto-json/json-fault.js'
import { MessagePrinter } from '../../../src/base/proto-json/print-message.js'
import type { PrintOptions } from '../../../src/base/proto-json/print-options.js'
import { ProtoJson } from '../../../src/base/proto-json/proto-json.js'
import { typeSource } from '../../../src/base/proto-json/type-source.js'
import { testSchema, typeNamed } from '../../gateway/schema.js'

const types = typeSource(testSchema)
const wide = typeNamed('wide.v1.Wide')
const item = typeNamed('shop.v1.Item')
const plain = new ProtoJson(types)

/** Concatenated encodings: how a message comes when it was written in parts. */
function joined(...texts: string[]): Uint8Array {
  return Buffer.concat(texts.map((text) => plain.parse(wide, text)))
}

describe('options', () => {
  const rows: readonly (readonly [PrintOptions, text: string, printed: string])[] = [
    [
      { protoNames: true },
      '{"fInt32":1,"otherName":"x","wAny":{"typeUrl":"a/b","value":""}}',
      '{"f_int32":1,"w_any":{"type_url":"a/b","value":""},"renamed":"x"}',
    ],
    [{ enumNumbers: true }, '{"fColor":"RED","rColor":["GREEN"],"cNull":null}', '{"fColor":1,"rColor":[2],"cNull":null}'],
    [
      { int64Numbers: true },
      '{"fInt64":"9007199254740993","wUint64":"1","mInt64":{"1":"x"}}',
      '{"fInt64":9007199254740993,"mInt64":{"1":"x"},"wUint64":1}',
    ],
    [
      { any: 'documented' },
      '{"wAny":{"@type":"a/google.protobuf.Duration","value":"1s"}}',
      '{"wAny":{"typeUrl":"a/google.protobuf.Duration","value":"CAE="}}',
    ],
    [{ any: 'documented' }, '{"wAny":{}}', '{"wAny":{"typeUrl":"","value":""}}'],
    [
      { alwaysEmit: ['wide.v1.Wide.r_wide', 'wide.v1.Wide.f_bool', 'wide.v1.Wide.m_string'] },
      '{"rWide":[{}]}',
      '{"fBool":false,"rWide":[{"fBool":false,"rWide":[],"mString":{}}],"mString":{}}',
    ],
  ]
  for (const [options, text, printed] of rows) {
    test(`${JSON.stringify(options)} ${text}`, () => expect(new ProtoJson(types, options).print(wide, plain.parse(wide, text))).toBe(printed))
  }

  test('emitDefaults prints what has no presence, and only that', () => {
    expect(new ProtoJson(types, { emitDefaults: true }).print(item, new Uint8Array())).toBe(
      '{"name":"","title":"","price":"0","labels":{},"etag":"","tags":[]}',
    )
    expect(new ProtoJson(types, { emitDefaults: true, int64Numbers: true, protoNames: true }).print(item, new Uint8Array())).toBe(
      '{"name":"","title":"","price":0,"labels":{},"etag":"","tags":[]}',
    )
  })
})

describe('bytes in parts', () => {
  const rows: readonly (readonly [parts: string[], printed: string])[] = [
    [['{"fInt32":1}', '{"fInt32":2}'], '{"fInt32":2}'],
    [['{"rString":["a"]}', '{"fBool":true}', '{"rString":["b"]}'], '{"fBool":true,"rString":["a","b"]}'],
    [
      ['{"fWide":{"fInt32":1,"rString":["a"]}}', '{"fWide":{"fBool":true,"rString":["b"]}}'],
      '{"fWide":{"fInt32":1,"fBool":true,"rString":["a","b"]}}',
    ],
    [['{"mString":{"a":"1","b":"2"}}', '{"mString":{"a":"3"}}'], '{"mString":{"b":"2","a":"3"}}'],
    [['{"cString":"x"}', '{"cInt64":"1"}'], '{"cInt64":"1"}'],
    [['{"cWide":{"fInt32":1}}', '{"cBool":true}', '{"cWide":{"fBool":true}}'], '{"cWide":{"fBool":true}}'],
    [['{"cBool":true}', '{"cString":""}'], '{"cString":""}'],
    [['{"otherName":"x"}', '{"fDouble":1}'], '{"fDouble":1,"otherName":"x"}'],
  ]
  for (const [parts, printed] of rows) test(parts.join(' + '), () => expect(plain.print(wide, joined(...parts))).toBe(printed))

  test('a zero on the wire is no value of a field without presence', () => {
    expect(plain.print(wide, Buffer.from([0x18, 0x00, 0x6a, 0x00]))).toBe('{}')
  })

  test('packed and unpacked are both read; unknown fields and other wire types are passed over', () => {
    expect(plain.print(wide, Buffer.from([0xf8, 0x01, 1, 0xf8, 0x01, 2]))).toBe('{"rInt64":["1","2"]}')
    expect(plain.print(wide, Buffer.from([0xaa, 0x02, 2, 1, 2]))).toBe('{"rUnpacked":[-1,1]}')
    expect(plain.print(wide, Buffer.from([0x1a, 1, 0, 0xfa, 0x7f, 1, 0]))).toBe('{}')
  })
})

test('a map entry without key or value has their zeros', () => {
  const bare = Buffer.from([0xea, 2, 0, 0xca, 2, 2, 0x0a, 0, 0xfa, 2, 3, 0x0a, 1, 0x41])
  expect(plain.print(wide, bare)).toBe(
    '{"mWide":{"":{}},"mInt32":{"0":0},"mTimestamp":{"A":"1970-01-01T00:00:00Z"}}'.replace(
      '"mWide":{"":{}},"mInt32":{"0":0}',
      '"mInt32":{"0":0},"mWide":{"":{}}',
    ),
  )
  const full = JSON.parse(new ProtoJson(types, { emitDefaults: true }).print(wide, bare)) as { mWide: Record<string, object> }
  expect(Object.keys(full.mWide['']!)).toContain('otherName')
})

describe('Any', () => {
  const unknown = toBinary(AnySchema, create(AnySchema, { typeUrl: 'a/nope.Type', value: new Uint8Array([1]) }))
  const broken = toBinary(AnySchema, create(AnySchema, { typeUrl: 'a/wide.v1.Wide', value: new Uint8Array([0xff]) }))
  const outside = toBinary(
    AnySchema,
    create(AnySchema, { typeUrl: 'a/google.protobuf.Timestamp', value: toBinary(TimestampSchema, create(TimestampSchema, { seconds: 10n ** 15n })) }),
  )
  for (const [name, bytes, printed] of [
    ['an unknown type', unknown, '{"typeUrl":"a/nope.Type","value":"AQ=="}'],
    ['broken bytes', broken, '{"typeUrl":"a/wide.v1.Wide","value":"/w=="}'],
    ['a value that JSON cannot show', outside, '{"typeUrl":"a/google.protobuf.Timestamp","value":"CICA6en6sOMD"}'],
  ] as const) {
    test(`${name} never fails the answer`, () =>
      expect(plain.print(types.message('google.protobuf.Any')!, bytes).replace(/"value":"CI[^"]+"/, '"value":"CICA6en6sOMD"')).toBe(printed))
  }

  test('details of google.rpc are known whatever the schema', () => {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'X', domain: 'y' }
    const status = types.message('google.rpc.Status')!
    expect(JSON.parse(plain.print(status, plain.parse(status, JSON.stringify({ code: 5, details: [info] }))))).toEqual({ code: 5, details: [info] })
  })
})

describe('what cannot be shown', () => {
  const rows: readonly (readonly [what: string, bytes: readonly number[], why: RegExp])[] = [
    ['bytes that end too early', [0x72, 5, 65], /too early/],
    ['a string that is not UTF-8', [0x72, 1, 0xff], /UTF-8/],
    ['a varint without end', [0x18, ...Array<number>(11).fill(0xff)], /varint/],
    ['a wire type that is none', [0x1f], /wire type/],
    ['a field number that is none', [0, 0], /field number/],
    ['a time outside the years 1 to 9999', [0xea, 3, 9, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], /years/],
    ['a field longer than its message', [0x8a, 1, 2, 0x72, 5, 0x18, 0x81, 1, 0x18, 1], /longer/],
    ['a Value that is not finite', [0x8a, 4, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f], /finite/],
    ['messages 101 deep', nestedWide(101), /too deeply/],
    ['a packed list that ends within a value', [0xfa, 1, 1, 0x80, 0x18, 1], /packed/],
    ['a map entry longer than it says', [0xc2, 2, 1, 0x0a, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 1], /map entry/],
  ]
  for (const [what, bytes, why] of rows) {
    test(what, () => {
      expect(() => plain.print(wide, Uint8Array.from(bytes))).toThrow(JsonFault)
      expect(() => plain.print(wide, Uint8Array.from(bytes))).toThrow(why)
    })
  }
})

function nestedWide(depth: number): number[] {
  let bytes: number[] = []
  for (let i = 0; i < depth; i += 1) bytes = [0x8a, 1, ...lengthOf(bytes), ...bytes]
  return bytes
}

function lengthOf(bytes: readonly number[]): number[] {
  return bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]
}

test('one field as a body of its own', () => {
  const printer = new MessagePrinter(types)
  const bytes = plain.parse(wide, '{"rInt64":["1"],"fWide":{"fBool":true},"mString":{"a":"b"},"fString":"x"}')
  const fields = ['r_int64', 'f_wide', 'm_string', 'f_string', 'f_bool', 'r_wide', 'm_int32', 'c_wide', 'w_timestamp', 'o_int32']
  expect(fields.map((name) => printer.printField(wide, name, bytes))).toEqual([
    '["1"]',
    '{"fBool":true}',
    '{"a":"b"}',
    '"x"',
    'false',
    '[]',
    '{}',
    '{}',
    'null',
    '0',
  ])
})
