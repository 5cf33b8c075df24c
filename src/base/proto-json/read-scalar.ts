// One JSON value to one scalar of a protobuf type, exactly or not at all. Source: the proto3 JSON mapping.
import type { DescEnum } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { parseBase64 } from './base64-text.js'
import type { Scalar } from './draft.js'
import type { JsonNode } from './json-text.js'
import { JsonNumber, kindOf } from './json-text.js'

/** Why a value is refused: "expected a string, got a number". */
export class Refusal {
  readonly description: string

  constructor(description: string) {
    this.description = description
  }
}

/** Range and JavaScript form of each integer type. */
const INTEGERS: Partial<Record<ScalarType, readonly [least: bigint, most: bigint, wide: boolean]>> = {
  [ScalarType.INT32]: [-0x8000_0000n, 0x7fff_ffffn, false],
  [ScalarType.SINT32]: [-0x8000_0000n, 0x7fff_ffffn, false],
  [ScalarType.SFIXED32]: [-0x8000_0000n, 0x7fff_ffffn, false],
  [ScalarType.UINT32]: [0n, 0xffff_ffffn, false],
  [ScalarType.FIXED32]: [0n, 0xffff_ffffn, false],
  [ScalarType.INT64]: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, true],
  [ScalarType.SINT64]: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, true],
  [ScalarType.SFIXED64]: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, true],
  [ScalarType.UINT64]: [0n, 0xffff_ffff_ffff_ffffn, true],
  [ScalarType.FIXED64]: [0n, 0xffff_ffff_ffff_ffffn, true],
}

/** The scalar of `type` that `node` stands for. */
export function readScalar(type: ScalarType, node: JsonNode): Scalar | Refusal {
  switch (type) {
    case ScalarType.STRING:
      return typeof node === 'string' ? node : expected('a string', node)
    case ScalarType.BOOL:
      return typeof node === 'boolean' ? node : expected('true or false', node)
    case ScalarType.BYTES:
      if (typeof node !== 'string') return expected('a base64 string', node)
      return parseBase64(node) ?? new Refusal('expected base64 or base64url')
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return readFloat(type, node)
    default:
      return readInteger(type, node)
  }
}

/** Names the kind of `node` after what was expected. */
function expected(what: string, node: JsonNode): Refusal {
  return new Refusal(`expected ${what}, got ${kindOf(node)}`)
}

/** The key of a map entry, whose JSON form is always a string. */
export function readMapKey(type: ScalarType, key: string): Scalar | Refusal {
  if (type === ScalarType.STRING) return key
  if (type === ScalarType.BOOL) return key === 'true' || (key === 'false' ? false : new Refusal('expected a key true or false'))
  return /^-?\d+$/.test(key) ? readInteger(type, key) : new Refusal('expected a key that is a whole number')
}

/** The number of an enum value given by name or number; undefined for an unknown name or, in a closed enum, number. */
export function readEnum(type: DescEnum, node: JsonNode): number | undefined | Refusal {
  if (typeof node === 'string') return type.values.find((value) => value.name === node)?.number
  if (!(node instanceof JsonNumber)) return expected(`a value of ${type.typeName}`, node)
  const number = readInteger(ScalarType.INT32, node)
  if (typeof number !== 'number') return new Refusal('expected an enum number between -2147483648 and 2147483647')
  return type.open || type.value[number] !== undefined ? number : undefined
}

function readInteger(type: ScalarType, node: JsonNode): Scalar | Refusal {
  const text = node instanceof JsonNumber ? node.text : node
  if (typeof text !== 'string') return expected('a whole number', node)
  // Nearly all integers are short enough to be exact as they are.
  const value = /^-?[1-9]\d{0,14}$/.test(text) ? Number(text) : wholeNumber(text)
  if (value === undefined) return new Refusal('expected a whole number')
  const [least, most, wide] = INTEGERS[type] ?? [0n, 0n, false]
  if (value < least || value > most)
    return new Refusal(`expected a whole number between ${least.toString()} and ${most.toString()}`)
  return wide ? BigInt(value) : Number(value)
}

/**
 * The integer that a JSON number such as `12`, `1.20e1` stands for, exactly; undefined when there is none of at most 40
 * digits.
 */
function wholeNumber(text: string): bigint | undefined {
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (/[1-9]/.test(digits.slice(Math.max(point, 0)))) return undefined
  const integer = digits.slice(0, Math.max(point, 0)).padEnd(Math.min(point, 400), '0').replace(/^0+/, '')
  if (integer.length > 40) return (sign === '-' ? -1n : 1n) << 130n // out of every range; its digits do not matter
  return BigInt(`${sign}${integer === '' ? '0' : integer}`)
}

const NOT_FINITE: ReadonlyMap<JsonNode, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function readFloat(type: ScalarType, node: JsonNode): number | Refusal {
  const special = NOT_FINITE.get(node)
  if (special !== undefined) return special
  const text = node instanceof JsonNumber ? node.text : node
  if (typeof text !== 'string') return expected('a number', node)
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return new Refusal('expected a number')
  const value = type === ScalarType.FLOAT ? Math.fround(Number(text)) : Number(text)
  return Number.isFinite(value)
    ? value
    : new Refusal(`expected a number that a ${type === ScalarType.FLOAT ? 'float' : 'double'} can hold`)
}
