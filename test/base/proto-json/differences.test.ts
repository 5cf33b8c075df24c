// Where this codec and @bufbuild/protobuf part, each with its reason. Everywhere else the properties hold them equal.
import { fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { ProtoJson } from '../../../src/base/proto-json/proto-json.js'
import { typeSource } from '../../../src/base/proto-json/type-source.js'
import { testSchema, typeNamed } from '../../gateway/schema.js'

const wide = typeNamed('wide.v1.Wide')
const json = new ProtoJson(typeSource(testSchema))

const ours = (text: string): string => outcome(() => json.print(wide, json.parse(wide, text)))
const theirs = (text: string): string => outcome(() => json.print(wide, toBinary(wide, fromJsonString(wide, text, { registry: testSchema }))))

function outcome(run: () => string): string {
  try {
    return run()
  } catch {
    return 'refused'
  }
}

describe('parsing', () => {
  const rows: readonly (readonly [why: string, text: string, ours: string, theirs: string])[] = [
    ['digits over 2^53 are kept', '{"fInt64":9007199254740993}', '{"fInt64":"9007199254740993"}', '{"fInt64":"9007199254740992"}'],
    ['bits that belong to no byte would be lost', '{"fBytes":"AR=="}', 'refused', '{"fBytes":"AQ=="}'],
    [
      'an Any of unknown type has a form of its own',
      '{"wAny":{"typeUrl":"a/b.C","value":"AQ=="}}',
      '{"wAny":{"typeUrl":"a/b.C","value":"AQ=="}}',
      'refused',
    ],
    ['a request nests at most 20 deep', `{"wValue":${'['.repeat(25)}${']'.repeat(25)}}`, 'refused', `{"wValue":${'['.repeat(25)}${']'.repeat(25)}}`],
  ]
  for (const [why, text, here, there] of rows) test(why, () => expect([ours(text), theirs(text)]).toEqual([here, there]))
})

describe('printing', () => {
  const rows: readonly (readonly [why: string, text: string, ours: string, theirs: string])[] = [
    ['a float has the shortest text that gives it back', '{"fFloat":0.1}', '{"fFloat":0.1}', '{"fFloat":0.10000000149011612}'],
    ['JSON.stringify loses the sign of zero', '{"fDouble":-0}', '{"fDouble":-0}', '{"fDouble":0}'],
    [
      'an Any of unknown type does not fail the answer',
      '{"wAny":{"typeUrl":"a/b.C","value":"AQ=="}}',
      '{"wAny":{"typeUrl":"a/b.C","value":"AQ=="}}',
      'refused',
    ],
    ['map keys come in the order of the message', '{"mInt32":{"2":1,"1":1}}', '{"mInt32":{"2":1,"1":1}}', '{"mInt32":{"1":1,"2":1}}'],
  ]
  for (const [why, text, here, there] of rows) {
    test(why, () => {
      const bytes = json.parse(wide, text)
      expect([json.print(wide, bytes), outcome(() => toJsonString(wide, fromBinary(wide, bytes), { registry: testSchema }))]).toEqual([here, there])
    })
  }
})
