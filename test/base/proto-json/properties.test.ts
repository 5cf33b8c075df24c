// What holds for every message: printing and parsing are inverse, and agree with @bufbuild/protobuf.
import { fromBinary, fromJsonString, toBinary, toJson } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonFault } from '../../../src/base/proto-json/json-fault.js'
import { ProtoJson } from '../../../src/base/proto-json/proto-json.js'
import { ownSchema, typeSource } from '../../../src/base/proto-json/type-source.js'
import { testSchema, typeNamed } from '../../gateway/schema.js'
import { arbitraryMessage } from './arbitrary-message.js'

const types = typeSource(testSchema)
const wide = typeNamed('wide.v1.Wide')
const deep = { maxDepth: 100 }
const messages = arbitraryMessage(wide, 2).map((draft) => draft.encode())

/** The same bytes for the same message: what another runtime makes of them. */
function normal(encoded: Uint8Array): Uint8Array {
  return toBinary(wide, fromBinary(wide, encoded))
}

for (const options of [
  {},
  { emitDefaults: true },
  { protoNames: true },
  { enumNumbers: true },
  { int64Numbers: true },
  { any: 'documented' as const },
]) {
  test(`parse(print(x)) is x with ${JSON.stringify(options)}`, () => {
    const json = new ProtoJson(types, { ...deep, ...options })
    fc.assert(
      fc.property(messages, (encoded) => {
        expect(normal(json.parse(wide, json.print(wide, encoded)))).toEqual(normal(encoded))
      }),
      { numRuns: 400 },
    )
  })
}

for (const [schema, name] of [
  [testSchema, 'wide.v1.Old'],
  [testSchema, 'shop.v1.UpdateItemRequest'],
  [ownSchema(), 'openshift.v1.Task'],
  [ownSchema(), 'google.rpc.Status'],
  [ownSchema(), 'google.protobuf.FileDescriptorProto'],
] as const) {
  test(`parse(print(x)) is x for ${name}`, () => {
    const type = schema.getMessage(name)!
    const json = new ProtoJson(typeSource(schema), deep)
    const same = (encoded: Uint8Array): Uint8Array => toBinary(type, fromBinary(type, encoded))
    const encoded = arbitraryMessage(type, 3).map((draft) => draft.encode())
    // proto2 asks for what is required; this is about what is there.
    const complete = encoded.filter((bytes) => completes(() => same(bytes)))
    fc.assert(
      fc.property(complete, (bytes) => {
        expect(same(json.parse(type, json.print(type, bytes)))).toEqual(same(bytes))
      }),
      { numRuns: 200 },
    )
  })
}

function completes(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch {
    return false
  }
}

test('what is printed is what @bufbuild/protobuf prints', () => {
  const json = new ProtoJson(types, deep)
  // Differences: a 32-bit float has its shortest text here, and an Any of unknown type makes the other runtime throw.
  const comparable = messages.filter((encoded) => !/"(fFloat|wFloat|wAny|rAny)"/.test(json.print(wide, encoded)))
  fc.assert(
    fc.property(comparable, (encoded) => {
      const theirs = toJson(wide, fromBinary(wide, encoded), { registry: testSchema })
      expect(JSON.parse(json.print(wide, encoded))).toEqual(theirs)
    }),
    { numRuns: 600 },
  )
})

test('what @bufbuild/protobuf parses is parsed to the same message', () => {
  const json = new ProtoJson(types, deep)
  const texts = messages.map((encoded) => json.print(wide, encoded)).filter((text) => !/"@type"|"typeUrl"/.test(text))
  fc.assert(
    fc.property(texts, (text) => {
      expect(normal(json.parse(wide, text))).toEqual(toBinary(wide, fromJsonString(wide, text, { registry: testSchema })))
    }),
    { numRuns: 600 },
  )
})

test('no text makes the parser throw anything but a JsonFault', () => {
  const json = new ProtoJson(types)
  const names = fc.constantFrom(...wide.fields.flatMap((field) => [field.jsonName, field.name]), '@type', '__proto__', 'typeUrl', 'value', '')
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.constantFrom('1s', '1e5', 'RED', 'NaN', '2024-02-30T00:00:00Z', 'AA==', 'type.googleapis.com/wide.v1.Wide'),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(names, tie('tree')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
    ),
  }))
  fc.assert(
    fc.property(
      fc.oneof(
        tree.map((value) => JSON.stringify(value)),
        fc.string(),
        fc.uint8Array(),
      ),
      (text) => {
        expect(faultOf(() => json.parse(wide, text))).not.toBe('other')
      },
    ),
    { numRuns: 3000 },
  )
})

test('no bytes make the printer throw anything but a JsonFault', () => {
  const json = new ProtoJson(types)
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(messages, fc.nat(), fc.nat(255)).map(([encoded, at, byte]) => encoded.map((old, i) => (i === at % (encoded.length || 1) ? byte : old))),
  )
  fc.assert(
    fc.property(broken, (encoded) => {
      expect(faultOf(() => JSON.parse(json.print(wide, encoded)) as unknown)).not.toBe('other')
    }),
    { numRuns: 3000 },
  )
})

function faultOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    return error instanceof JsonFault ? error.reason : 'other'
  }
}
