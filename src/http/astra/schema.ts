// JSON Schemas of the parts that resources of Astra are made of.
import type { JsonMap } from '../../gateway/openapi-schema.js'
import { IDENTIFIER_PATTERN } from './identifier.js'

export const IDENTIFIER: JsonMap = { type: 'string', format: 'uuid', pattern: IDENTIFIER_PATTERN }
export const TIME: JsonMap = { type: 'string', format: 'date-time', pattern: 'Z$' }
export const TEXT: JsonMap = { type: 'string' }
export const NUMBER: JsonMap = { type: 'number' }

/** Text within bounds. */
export function text({ min, max }: { readonly min: number; readonly max: number }, more: JsonMap = {}): JsonMap {
  return { type: 'string', minLength: min, maxLength: max, ...more }
}

/** One of some words. */
export function oneOf(...words: readonly string[]): JsonMap {
  return { type: 'string', enum: words }
}

export function arrayOf(items: JsonMap, more: JsonMap = {}): JsonMap {
  return { type: 'array', items, ...more }
}

/** An object with these properties and no others; those in `optional` may be absent. */
export function object(properties: Readonly<Record<string, JsonMap>>, optional: readonly string[] = []): JsonMap {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}
