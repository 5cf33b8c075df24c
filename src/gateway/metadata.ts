// Headers of HTTP to metadata of gRPC and back: only those on a list, binary values under `-bin` names.
import type { IncomingHttpHeaders } from 'node:http'
import { parseBase64 } from '../base/proto-json/base64-text.js'
import { HttpError } from './http-error.js'
import type { Route } from './route.js'

/** Values by lower-case name; values of names that end in `-bin` are bytes. */
export type Metadata = Readonly<Record<string, readonly (string | Uint8Array)[]>>

/** Names that go to the method by default. A name that ends in `*` stands for all that begin so. */
export const DEFAULT_REQUEST_HEADERS: readonly string[] = [
  'authorization',
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
  'accept-language',
  'grpc-metadata-*',
]

/** Names that never come from a caller: they belong to the connection, or gRPC speaks through them. */
const RESERVED =
  /^(?::.*|connection|host|content-(?:type|length|encoding)|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-.*|grpc-(?:timeout|encoding|accept-encoding|status|message|status-details-bin))$/

/**
 * The metadata in the headers that `allowed` names. `grpc-metadata-foo` becomes `foo`. Throws HttpError
 * `MALFORMED_HEADER` for a `-bin` header that is not base64.
 */
export function requestMetadata(headers: IncomingHttpHeaders, allowed: readonly string[]): Metadata {
  const metadata = Object.create(null) as Record<string, (string | Uint8Array)[]>
  for (const [header, value] of Object.entries(headers)) {
    if (value === undefined || !isListed(header, allowed)) continue
    const name = header.startsWith('grpc-metadata-') ? header.slice('grpc-metadata-'.length) : header
    if (RESERVED.test(name) || !/^[0-9a-z_.-]+$/.test(name)) continue
    const texts = typeof value === 'string' ? [value] : value
    metadata[name] = [...(metadata[name] ?? []), ...texts.map((text) => (name.endsWith('-bin') ? binary(header, text) : text))]
  }
  return metadata
}

/** The headers in `metadata` that `allowed` names, as HTTP says them. */
export function responseHeaders(metadata: Metadata | undefined, allowed: readonly string[]): [name: string, value: string[]][] {
  if (metadata === undefined) return []
  return Object.entries(metadata)
    .filter(([name]) => isListed(name, allowed) && !RESERVED.test(name))
    .map(([name, values]) => [
      name,
      values.map((value) => (typeof value === 'string' ? value : Buffer.from(value).toString('base64'))),
    ])
}

/** Metadata that says with which HTTP status an answer goes out, as servers behind grpc-gateway say it. */
const HTTP_CODE = 'x-http-code'

/** The HTTP status of an answer: what it says itself, of those that mean success and have a body; otherwise 200. */
export function answerStatus(metadata: Metadata | undefined): number {
  const [text] = metadata?.[HTTP_CODE] ?? []
  return /^20[0-3]$/.test(String(text)) ? Number(text) : 200
}

/** Routing header of the request: the path variables, for an upstream that routes by them (AIP-4222). */
export function routingHeader(route: Route, values: readonly string[]): Metadata {
  if (values.length === 0) return {}
  const pairs = route.template.variables.map(
    ({ fieldPath }, i) => `${fieldPath.join('.')}=${encodeURIComponent(values[i] ?? '')}`,
  )
  return { 'x-goog-request-params': [pairs.join('&')] }
}

function isListed(name: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
}

function binary(header: string, text: string): Uint8Array {
  const bytes = parseBase64(text)
  if (bytes === undefined)
    throw new HttpError('MALFORMED_HEADER', `The header ${header} is not base64`, [
      { field: header, description: 'expected base64' },
    ])
  return bytes
}
