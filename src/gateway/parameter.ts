// One text from a path or query into a field of the request: nested by dots, typed by the schema.
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import type { Draft, Item, Member } from '../base/proto-json/draft.js'
import { toSnake } from '../base/proto-json/field-mask-text.js'
import { JsonNumber } from '../base/proto-json/json-text.js'
import type { JsonNode } from '../base/proto-json/json-text.js'
import { fieldsByName, MessageReader } from '../base/proto-json/read-message.js'
import type { TypeSource } from '../base/proto-json/type-source.js'
import { JsonFault } from '../base/proto-json/json-fault.js'
import { HttpError } from './http-error.js'

/** Fields from a message down to the one that is meant. */
export type FieldChain = readonly DescField[]

/**
 * The fields that `name`, such as `at_least.width` or `atLeast.width`, leads to; undefined when there are none, or a
 * list or map is on the way.
 */
export function findChain(type: DescMessage, name: string): FieldChain | undefined {
  const parts = name.split('.')
  if (parts.length > MAX_CHAIN) return undefined
  const chain: DescField[] = []
  let within: DescMessage | undefined = type
  for (const part of parts) {
    const field: Member | undefined = within && fieldsByName(within).get(part)
    if (field?.kind !== 'field') return undefined
    chain.push(field)
    within = field.fieldKind === 'message' ? field.message : undefined
  }
  return chain
}

/** How deeply a parameter may reach: as deep as a JSON body. */
const MAX_CHAIN = 20

/** The path of a chain by proto names. */
export function chainName(chain: FieldChain): string {
  return chain.map((field) => field.name).join('.')
}

/** The value that `text` stands for. Throws HttpError `INVALID_PARAMETER`. */
export function readParameter(
  types: TypeSource,
  field: DescField,
  given: { readonly name: string; readonly text: string },
): Item {
  const reader = new MessageReader(types)
  try {
    const item = reader.item(field, nodeOf(field, given.text), given.name)
    reader.finish()
    if (item !== null) return item
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw new HttpError('INVALID_PARAMETER', `The request has a parameter that cannot be read: ${error.message}`, error.faults)
  }
  throw new HttpError('INVALID_PARAMETER', `${given.name} has no value`, [{ field: given.name, description: 'has no value' }])
}

/**
 * Sets a value at the end of a chain; lists grow. Throws HttpError `CONFLICTING_VALUES` when a single field or its oneof
 * has one already.
 */
export function setParameter(draft: Draft, chain: FieldChain, value: Item): void {
  let within = draft
  const name = chainName(chain)
  for (const [i, field] of chain.entries()) {
    const rival = field.oneof?.fields.find((other) => other !== field && within.get(other) !== undefined)
    if (rival !== undefined) throw conflict(name, `cannot be given together with ${rival.name}`)
    if (i < chain.length - 1 && field.fieldKind === 'message') within = within.child(field)
    else if (field.fieldKind === 'list') within.set(field, [...((within.get(field) ?? []) as readonly Item[]), value])
    else within.set(field, value)
  }
}

/** Sets a value at the end of a chain, in place of what is there. */
export function replaceParameter(draft: Draft, chain: FieldChain, value: Item): void {
  let within = draft
  for (const [i, field] of chain.entries()) {
    if (i < chain.length - 1 && field.fieldKind === 'message') within = within.child(field)
    else within.set(field, field.fieldKind === 'list' ? [value] : value)
  }
}

/** A value that contradicts another. */
export function conflict(field: string, description: string): HttpError {
  return new HttpError('CONFLICTING_VALUES', `${field} ${description}`, [{ field, description }])
}

/**
 * Whether a field can be given as text: a scalar, an enum, a list of them, or a message whose JSON is one string, number
 * or boolean.
 */
export function isTextual(field: DescField): boolean {
  if (field.fieldKind === 'map') return false
  if (field.message === undefined) return true
  return field.fieldKind === 'message' && TEXTUAL.test(field.message.typeName)
}

const TEXTUAL = /^google\.protobuf\.(?:Timestamp|Duration|FieldMask|(?:Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value)$/

/** The JSON value that the text would be in a body. */
function nodeOf(field: DescField, text: string): JsonNode {
  const type = field.scalar ?? field.message?.fields.find((inner) => inner.name === 'value')?.scalar
  if (type === ScalarType.BOOL && (text === 'true' || text === 'false')) return text === 'true'
  if (field.enum !== undefined && /^-?\d+$/.test(text)) return new JsonNumber(text)
  // In a URL the paths of a mask are written either way (AIP-161); JSON has only one.
  if (field.message?.typeName === 'google.protobuf.FieldMask') return text.split(',').map(camel).join(',')
  return text
}

function camel(path: string): string {
  const written = path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return toSnake(written) === path || !path.includes('_') ? written : path
}
