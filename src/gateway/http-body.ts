// google.api.HttpBody: bodies that are not JSON, in and out. Source: google/api/httpbody.proto.
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { Draft } from '../base/proto-json/draft.js'
import { WIRE, WireReader } from '../base/proto-json/wire-reader.js'
import type { Route } from './route.js'

const HTTP_BODY = 'google.api.HttpBody'

/** A body and its media type. */
export interface RawBody {
  readonly contentType: string
  readonly data: Uint8Array
}

/** Where the raw body of a request goes: the whole message, one field of it, or nowhere. */
export function rawRequest(route: Route): '*' | (DescField & { readonly message: DescMessage }) | undefined {
  if (route.body === '*') return route.method.input.typeName === HTTP_BODY ? '*' : undefined
  return route.body?.fieldKind === 'message' && route.body.message.typeName === HTTP_BODY ? route.body : undefined
}

/** Puts a raw body into a draft. */
export function setRawBody(draft: Draft, place: '*' | (DescField & { readonly message: DescMessage }), body: RawBody): void {
  const target = place === '*' ? draft : draft.child(place)
  target.setByName('content_type', body.contentType).setByName('data', body.data)
}

/** Whether the answer of a route is a body of its own and not JSON. */
export function isRawAnswer(route: Route): boolean {
  return (
    (route.responseBody ?? { message: route.method.output }).message?.typeName === HTTP_BODY &&
    route.responseBody?.fieldKind !== 'list'
  )
}

/** The body in an encoded answer. Throws WireFault. */
export function rawAnswer(route: Route, message: Uint8Array): RawBody {
  const inner = route.responseBody === undefined ? message : (lastBytes(message, route.responseBody.number) ?? new Uint8Array())
  const contentType = Buffer.from(lastBytes(inner, 1) ?? []).toString('utf8')
  return {
    contentType: contentType === '' ? 'application/octet-stream' : contentType,
    data: lastBytes(inner, 2) ?? new Uint8Array(),
  }
}

/** The last value of a field of bytes in an encoded message. Throws WireFault. */
export function lastBytes(message: Uint8Array, number: number): Uint8Array | undefined {
  const reader = new WireReader(message)
  let value: Uint8Array | undefined
  while (reader.pos < reader.length) {
    const tag = reader.uint32()
    if (tag === ((number << 3) | WIRE.bytes)) value = reader.bytes()
    else reader.skip(tag & 7, tag >>> 3)
  }
  return value
}
