// JSON to messages, as tables: what is read, in canonical print; and what is refused, with the path and the reason.
import { describe, expect, test } from 'vitest'
import { JsonFault } from '../../../src/base/proto-json/json-fault.js'
import { ProtoJson } from '../../../src/base/proto-json/proto-json.js'
import { typeSource } from '../../../src/base/proto-json/type-source.js'
import { testSchema, typeNamed } from '../../gateway/schema.js'

const json = new ProtoJson(typeSource(testSchema))
const wide = typeNamed('wide.v1.Wide')
const old = typeNamed('wide.v1.Old')

describe('reads', () => {
  const same: readonly string[] = [
    '{}',
    '{"fDouble":1.5,"fFloat":0.1}',
    '{"fDouble":"NaN","fFloat":"-Infinity"}',
    '{"fDouble":-0}',
    '{"fDouble":5e-324}',
    '{"fDouble":1.7976931348623157e+308}',
    '{"fFloat":3.4028235e+38}',
    '{"fInt32":-2147483648,"fUint32":4294967295}',
    '{"fInt64":"9223372036854775807","fUint64":"18446744073709551615"}',
    '{"fInt64":"-9223372036854775808"}',
    '{"fSint32":-1,"fSint64":"-1","fFixed32":1,"fFixed64":"1","fSfixed32":-1,"fSfixed64":"-1"}',
    '{"fBool":true,"fString":"x","fBytes":"AQI="}',
    '{"fString":"\u0000\\"\\\\\u{1f600}"}'.replace('\u0000', '\\u0000'),
    '{"fColor":"BELOW"}',
    '{"fColor":77}',
    '{"fWide":{"fWide":{}}}',
    '{"oInt32":0,"oString":"","oColor":"COLOR_UNSPECIFIED"}',
    '{"rInt64":["1","2"],"rColor":["RED",5],"rWide":[{},{"fBool":true}],"rUnpacked":[-1,2]}',
    '{"mString":{"__proto__":"a","constructor":"b","":"c"}}',
    '{"mInt32":{"-1":1},"mInt64":{"9007199254740993":"x"},"mUint64":{"18446744073709551615":"y"},"mBool":{"true":"t","false":"f"}}',
    '{"mWide":{"a":{"fBool":true}},"mColor":{"a":"RED"},"mTimestamp":{"a":"2024-01-01T00:00:00Z"},"mDouble":{"a":"NaN"}}',
    '{"cString":""}',
    '{"cInt64":"0"}',
    '{"cNull":null}',
    '{"cWrapper":""}',
    '{"cBool":false}',
    '{"wTimestamp":"0001-01-01T00:00:00Z"}',
    '{"wTimestamp":"9999-12-31T23:59:59.999999999Z"}',
    '{"wTimestamp":"1969-12-31T23:59:59.999Z"}',
    '{"wTimestamp":"2024-02-29T12:00:00.000001Z"}',
    '{"wDuration":"315576000000s"}',
    '{"wDuration":"-315576000000s"}',
    '{"wDuration":"-0.000000001s"}',
    '{"wMask":""}',
    '{"wMask":"fooBar.baz,qux"}',
    '{"wStruct":{"a":null,"b":[1,"x",true,{"c":{}}],"__proto__":{"d":-1.5}}}',
    '{"wValue":null}',
    '{"wValue":"x"}',
    '{"wValue":[]}',
    '{"wValue":{}}',
    '{"wList":[null,1]}',
    '{"wEmpty":{}}',
    '{"wDouble":0,"wFloat":0,"wInt64":"0","wUint64":"0","wInt32":0,"wUint32":0,"wBool":false,"wString":"","wBytes":""}',
    '{"rTimestamp":["2024-01-01T00:00:00Z"],"rValue":[null,1,"a"],"rWrapper":["1"]}',
    '{"wAny":{"@type":"type.googleapis.com/wide.v1.Wide","fBool":true}}',
    '{"wAny":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}',
    '{"wAny":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"a/wide.v1.Wide"}}}',
    '{"wAny":{"@type":"type.googleapis.com/google.protobuf.Empty"}}',
    '{"wAny":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":1}}}',
    '{"wAny":{"typeUrl":"example.com/unknown.Type","value":"AQI="}}',
    '{"wAny":{}}',
    '{"otherName":"x"}',
    '{"asString":"9007199254740993"}',
  ]
  for (const text of same) test(text, () => expect(json.print(wide, json.parse(wide, text))).toBe(text))

  const other: readonly (readonly [text: string, canonical: string])[] = [
    [' \t\r\n{ "f_bool" : true }\n', '{"fBool":true}'],
    ['{"fInt32":0,"fBool":false,"fString":"","fBytes":"","fColor":"COLOR_UNSPECIFIED","fDouble":0.0}', '{}'],
    ['{"fInt32":null,"fWide":null,"rInt64":null,"mString":null,"oInt32":null,"cString":null,"wTimestamp":null}', '{}'],
    ['{"cString":null,"cInt64":1}', '{"cInt64":"1"}'],
    ['{"fInt32":1e3,"fInt64":120E-1,"fUint32":1.0}', '{"fInt32":1000,"fInt64":"12","fUint32":1}'],
    ['{"fInt64":9007199254740993,"fUint64":18446744073709551615}', '{"fInt64":"9007199254740993","fUint64":"18446744073709551615"}'],
    ['{"fInt64":0.9007199254740993e16}', '{"fInt64":"9007199254740993"}'],
    ['{"fInt32":"12","fInt64":"-0","fDouble":"1.5","fFloat":"1e2"}', '{"fDouble":1.5,"fFloat":100,"fInt32":12}'],
    ['{"fInt32":-0}', '{}'],
    ['{"fInt32":0e99}', '{}'],
    ['{"fDouble":1e-999}', '{}'],
    ['{"fColor":1}', '{"fColor":"RED"}'],
    ['{"fColor":1.0}', '{"fColor":"RED"}'],
    ['{"fBytes":"-_8"}', '{"fBytes":"+/8="}'],
    ['{"fBytes":"+/8"}', '{"fBytes":"+/8="}'],
    ['{"fBytes":"-_8="}', '{"fBytes":"+/8="}'],
    ['{"wTimestamp":"2024-02-29T03:00:00.10+03:00"}', '{"wTimestamp":"2024-02-29T00:00:00.100Z"}'],
    ['{"wTimestamp":"2023-12-31T23:30:00-01:30"}', '{"wTimestamp":"2024-01-01T01:00:00Z"}'],
    ['{"wDuration":"1.5s"}', '{"wDuration":"1.500s"}'],
    ['{"wDuration":"-0s"}', '{"wDuration":"0s"}'],
    ['{"wAny":{"fBool":true,"@type":"x/wide.v1.Wide"}}', '{"wAny":{"@type":"x/wide.v1.Wide","fBool":true}}'],
    ['{"wAny":{"value":"AQI","type_url":"example.com/unknown.Type"}}', '{"wAny":{"typeUrl":"example.com/unknown.Type","value":"AQI="}}'],
    ['{"renamed":"x"}', '{"otherName":"x"}'],
    ['{"mInt32":{"0":0}}', '{"mInt32":{"0":0}}'],
    ['{"fString":"\\ud83d\\ude00\\/\\b"}', '{"fString":"\u{1f600}/\\b"}'],
  ]
  for (const [text, canonical] of other) test(text, () => expect(json.print(wide, json.parse(wide, text))).toBe(canonical))

  test('proto2: presence, defaults, groups, closed enums, extensions', () => {
    const text =
      '{"name":"","count":7,"closed":"FIRST","many":["SECOND"],"part":{"text":"x"},"piece":[{"size":1},{}],"byName":{"a":"FIRST"},"[wide.v1.note]":"n","[wide.v1.marks]":[1,2],"[wide.v1.inner]":{"name":"i"}}'
    expect(json.print(old, json.parse(old, text))).toBe(text)
  })
})

describe('refuses', () => {
  const rows: readonly (readonly [text: string, ...faults: (readonly [field: string, description: RegExp])[]])[] = [
    ['', ['', /character 0: expected a value/]],
    ['{"fBool":true,}', ['', /expected a key/]],
    ['{fBool:true}', ['', /expected a key/]],
    ["{'fBool':true}", ['', /expected a key/]],
    ['{"fBool" true}', ['', /expected ":"/]],
    ['{"fBool":true', ['', /expected "," or "}"/]],
    ['{"rString":["a"', ['', /expected "," or "]"/]],
    ['{} {}', ['', /more text/]],
    ['{"fInt32":01}', ['', /not JSON/]],
    ['{"fInt32":+1}', ['', /not JSON/]],
    ['{"fDouble":.5}', ['', /not JSON/]],
    ['{"fDouble":1.}', ['', /not JSON/]],
    ['{"fDouble":NaN}', ['', /not JSON/]],
    ['{"fString":"a', ['', /does not end/]],
    ['{"fString":"\\x"}', ['', /unknown escape/]],
    ['{"fString":"\\u12g4"}', ['', /hexadecimal/]],
    ['{"fString":"\n"}', ['', /control character/]],
    ['{"fString":"\\ud800"}', ['', /surrogate/]],
    ['{"fString":"\\udc00\\ud800"}', ['', /surrogate/]],
    ['/**/{}', ['', /expected a value/]],
    ['['.repeat(21), ['', /more than 20/]],
    ['[]', ['', /expected an object, got an array/]],
    ['null', ['', /expected an object, got null/]],
    ['{"nope":1,"fWide":{"nope":2}}', ['nope', /no such field/], ['f_wide.nope', /no such field/]],
    ['{"__proto__":{}}', ['__proto__', /no such field/]],
    ['{"f_bool":true,"fBool":true}', ['f_bool', /more than once/]],
    ['{"fBool":true,"fBool":null}', ['f_bool', /more than once/]],
    ['{"cString":"a","cInt64":1}', ['c_int64', /together with c_string/]],
    ['{"cNull":null,"cBool":true}', ['c_bool', /together with c_null/]],
    ['{"fDouble":"abc"}', ['f_double', /expected a number/]],
    ['{"fDouble":1e400}', ['f_double', /double can hold/]],
    ['{"fFloat":3.5e38}', ['f_float', /float can hold/]],
    ['{"fFloat":"inf"}', ['f_float', /expected a number/]],
    ['{"fDouble":true}', ['f_double', /expected a number, got a boolean/]],
    ['{"fInt32":1.5}', ['f_int32', /whole number/]],
    ['{"fInt32":2147483648}', ['f_int32', /between -2147483648 and 2147483647/]],
    ['{"fInt32":"1 "}', ['f_int32', /whole number/]],
    ['{"fInt32":""}', ['f_int32', /whole number/]],
    ['{"fInt32":"0x1"}', ['f_int32', /whole number/]],
    ['{"fInt32":1e9999}', ['f_int32', /between/]],
    ['{"fInt32":1e99999}', ['f_int32', /whole number/]],
    ['{"fUint32":-1}', ['f_uint32', /between 0/]],
    ['{"fInt64":9223372036854775808}', ['f_int64', /between/]],
    ['{"fUint64":18446744073709551616}', ['f_uint64', /between/]],
    [`{"fUint64":1${'0'.repeat(5000)}}`, ['f_uint64', /between/]],
    ['{"fBool":"true"}', ['f_bool', /expected true or false, got a string/]],
    ['{"fBool":1}', ['f_bool', /expected true or false, got a number/]],
    ['{"fString":1}', ['f_string', /expected a string, got a number/]],
    ['{"fBytes":"a"}', ['f_bytes', /base64/]],
    ['{"fBytes":"AQ="}', ['f_bytes', /base64/]],
    ['{"fBytes":"AR=="}', ['f_bytes', /base64/]],
    ['{"fBytes":"A-+A"}', ['f_bytes', /base64/]],
    ['{"fBytes":"A Q="}', ['f_bytes', /base64/]],
    ['{"fColor":"red"}', ['f_color', /value of wide.v1.Color/]],
    ['{"fColor":"1"}', ['f_color', /value of wide.v1.Color/]],
    ['{"fColor":1.5}', ['f_color', /enum number/]],
    ['{"fColor":4294967296}', ['f_color', /enum number/]],
    ['{"rInt64":[1,null]}', ['r_int64[1]', /whole number, got null/]],
    ['{"rWide":[null]}', ['r_wide[0]', /expected an object, got null/]],
    ['{"rInt64":1}', ['r_int64', /expected an array/]],
    ['{"rInt64":{"0":1}}', ['r_int64', /expected an array, got an object/]],
    ['{"mString":[]}', ['m_string', /expected an object, got an array/]],
    ['{"mString":{"a":null}}', ['m_string.a', /expected a string, got null/]],
    ['{"mString":{"a":"1","a":"2"}}', ['m_string.a', /more than once/]],
    ['{"mString":{"a.b c":1}}', ['m_string["a.b c"]', /expected a string/]],
    ['{"mInt32":{"x":1}}', ['m_int32.x', /key that is a whole number/]],
    ['{"mInt32":{"1.0":1}}', ['m_int32["1.0"]', /key that is a whole number/]],
    ['{"mInt64":{"9223372036854775808":""}}', ['m_int64.9223372036854775808', /between/]],
    ['{"mBool":{"1":""}}', ['m_bool.1', /key true or false/]],
    ['{"mWide":{"k":{"rWide":[{"fBool":0}]}}}', ['m_wide.k.r_wide[0].f_bool', /true or false/]],
    ...[
      '2024-02-30T00:00:00Z',
      '2023-02-29T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T00:00:60Z',
      '2024-01-01 00:00:00Z',
      '2024-01-01T00:00:00z',
      '2024-01-01t00:00:00Z',
      '2024-01-01T00:00:00',
      '2024-01-01T00:00:00.Z',
      '2024-01-01T00:00:00.0000000001Z',
      '0000-12-31T23:59:59Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '2024-00-01T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-00T00:00:00Z',
      '2024-1-1T00:00:00Z',
      '2024-01-01T00:00:00+24:00',
      '1704067200',
      '',
    ].map((time) => [`{"wTimestamp":"${time}"}`, ['w_timestamp', /RFC 3339/] as const] as const),
    ['{"wTimestamp":5}', ['w_timestamp', /got a number/]],
    ...['1', 's', '1.s', '.5s', '+1s', '1.0000000001s', '315576000001s', '-315576000000.1s', '1 s', '1e3s', '1m'].map(
      (span) => [`{"wDuration":"${span}"}`, ['w_duration', /10,000 years/] as const] as const,
    ),
    ['{"wMask":"foo_bar"}', ['w_mask', /lowerCamelCase/]],
    ['{"wMask":"a,,b"}', ['w_mask', /lowerCamelCase/]],
    ['{"wMask":["a"]}', ['w_mask', /got an array/]],
    ['{"wStruct":[]}', ['w_struct', /expected an object/]],
    ['{"wStruct":{"a":1,"a":2}}', ['w_struct.a', /more than once/]],
    ['{"wStruct":{"a":{"b":[1e999]}}}', ['w_struct.a.b[0]', /double/]],
    ['{"wInt64":{}}', ['w_int64', /whole number, got an object/]],
    ['{"wEmpty":{"a":1}}', ['w_empty.a', /no such field/]],
    ['{"wAny":{"@type":"type.googleapis.com/unknown.Type","a":1}}', ['w_any.@type', /not known/]],
    ['{"wAny":{"@type":"wide.v1.Wide"}}', ['w_any.@type', /type URL/]],
    ['{"wAny":{"@type":5}}', ['w_any.@type', /type URL/]],
    ['{"wAny":{"@type":"a/wide.v1.Wide","@type":"a/wide.v1.Wide"}}', ['w_any.@type', /more than once/]],
    ['{"wAny":{"@type":"a/wide.v1.Wide","fBool":1}}', ['w_any.f_bool', /true or false/]],
    ['{"wAny":{"@type":"a/google.protobuf.Duration","value":"1"}}', ['w_any.value', /10,000/]],
    ['{"wAny":{"@type":"a/google.protobuf.Duration","seconds":"1"}}', ['w_any', /"value", and nothing else/]],
    ['{"wAny":{"typeUrl":"a/b","value":"*"}}', ['w_any.value', /base64/]],
    ['{"wAny":{"other":1}}', ['w_any.other', /no such field/]],
    ['{"[wide.v1.note]":"x"}', ['["[wide.v1.note]"]', /no such field/]],
  ]
  for (const [text, ...faults] of rows) {
    test(text.slice(0, 90), () => {
      const fault = faultOf(() => json.parse(wide, text))
      expect(fault.faults.map(({ field }) => field)).toEqual(faults.map(([field]) => field))
      for (const [i, [, description]] of faults.entries()) expect(fault.faults[i]?.description).toMatch(description)
    })
  }

  test('closed enums have no unknown numbers', () => {
    expect(faultOf(() => json.parse(old, '{"closed":9}')).faults[0]?.field).toBe('closed')
  })

  test('bytes that are not UTF-8', () => {
    expect(faultOf(() => json.parse(wide, Buffer.from([0x22, 0xff, 0x22]))).reason).toBe('MALFORMED_JSON')
  })

  test('at most 16 faults are named', () => {
    const many = `{${Array.from({ length: 40 }, (_, i) => `"x${i}":1`).join(',')}}`
    expect(faultOf(() => json.parse(wide, many)).faults).toHaveLength(16)
  })

  test('100,000 arrays inside each other, at once', () => {
    expect(faultOf(() => json.parse(wide, '['.repeat(100_000))).reason).toBe('JSON_TOO_DEEP')
  })
})

test('unknown fields and enum names are passed over when told to', () => {
  const lenient = new ProtoJson(typeSource(testSchema), { unknownFields: 'ignore' })
  expect(lenient.print(wide, lenient.parse(wide, '{"nope":1,"fColor":"BLUE","rColor":["RED","BLUE"],"mColor":{"a":"BLUE"},"fBool":true}'))).toBe(
    '{"fBool":true,"rColor":["RED"]}',
  )
  expect(faultOf(() => lenient.parse(wide, '{"fBool":1}')).faults[0]?.field).toBe('f_bool')
})

function faultOf(run: () => unknown): JsonFault {
  try {
    run()
  } catch (error) {
    if (error instanceof JsonFault) return error
    throw error
  }
  throw new Error('nothing was refused')
}
