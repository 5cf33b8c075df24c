// Entity tags between HTTP and messages: the `etag` of an answer as a header, `If-Match` as the `etag` of a request.
// Source: AIP-154; RFC 9110, sections 8.8.3 and 13.1.
import type { DescField } from '@bufbuild/protobuf'
import { weakTag } from '../base/entity-tag.js'
import type { Draft } from '../base/proto-json/draft.js'
import { etagField } from './etag-field.js'
import { lastBytes } from './http-body.js'
import { HttpError } from './http-error.js'
import { conflict } from './parameter.js'
import type { Route } from './route.js'

/**
 * The entity tag in an answer, with its quotes: its own `etag`, or that of the only message in it; undefined when there
 * is none. Throws WireFault.
 */
export function etagOf({ etag: chain }: Route, message: Uint8Array): string | undefined {
  let bytes: Uint8Array | undefined = message
  for (const field of chain ?? []) bytes = bytes && lastBytes(bytes, field.number)
  if (chain === undefined || bytes === undefined || bytes.length === 0) return undefined
  const tag = Buffer.from(bytes).toString('utf8')
  const quoted = /^(?:W\/)?"/.test(tag) ? tag : `"${tag}"`
  // What is no entity tag would be no header either.
  return /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(quoted) ? quoted : undefined
}

/** The conditions of a request, and how etags look inside messages. */
export interface Conditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly form: 'quoted' | 'bare'
}

/**
 * Puts the tag of `If-Match` into the request: its `etag`, or that of its body. Throws HttpError when there is no place
 * for it, more than one tag, or another one in the body; and for `If-None-Match` where it would be no question of the
 * caller's copy but a condition of a write, which messages have no place for.
 */
export function bindCondition(route: Route, draft: Draft, { ifMatch: header, ifNoneMatch, form }: Conditions): void {
  if (route.httpMethod === 'GET') return
  if (ifNoneMatch !== undefined) throw unsupported('if-none-match')
  if (header === undefined || header.trim() === '*') return
  const tag = header.trim()
  if (!/^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag))
    throw new HttpError('MALFORMED_HEADER', 'The header if-match must be one entity tag', [
      { field: 'if-match', description: 'expected one entity tag in quotes' },
    ])
  const target = conditionPlace(route, draft)
  if (target === undefined) throw unsupported('if-match')
  const { within, field } = target
  const value = form === 'bare' ? weakTag(tag).slice(1, -1) : tag
  const given = within.get(field)
  if (given !== undefined && given !== value) throw conflict(field.name, 'differs between if-match and the body')
  within.set(field, value)
}

function unsupported(field: string): HttpError {
  return new HttpError('CONDITION_NOT_SUPPORTED', 'This method takes no such condition', [
    { field, description: 'this method takes no such condition' },
  ])
}

function conditionPlace(route: Route, draft: Draft): { within: Draft; field: DescField } | undefined {
  const own = etagField(draft.type)
  if (own !== undefined) return { within: draft, field: own }
  if (typeof route.body !== 'object' || route.body.fieldKind !== 'message') return undefined
  const inner = etagField(route.body.message)
  return inner && { within: draft.child(route.body), field: inner }
}
