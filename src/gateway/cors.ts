// Cross-origin requests of browsers. Source: the CORS protocol of the Fetch standard.
import type { AnswerHead } from './answer-head.js'
import type { GatewayRequest } from './http-message.js'

/** Which pages of other origins may call. */
export interface CorsOptions {
  /** Origins such as `https://console.example`, or `*` for any. */
  readonly origins: readonly string[]
  /**
   * Headers that a page may send. Default: content-type, authorization, if-match, if-none-match, grpc-timeout,
   * x-request-id, last-event-id.
   */
  readonly requestHeaders?: readonly string[]
  /** Headers that a page may read. Default: etag, grpc-status, retry-after. */
  readonly exposedHeaders?: readonly string[]
  /** Whether cookies and certificates go along; not with the origin `*`. Default: false. */
  readonly credentials?: boolean
  /** How long a browser may remember the answer to a preflight. Default: 600. */
  readonly maxAgeSeconds?: number
}

const REQUEST_HEADERS = [
  'content-type',
  'authorization',
  'if-match',
  'if-none-match',
  'grpc-timeout',
  'x-request-id',
  'last-event-id',
]
const EXPOSED_HEADERS = ['etag', 'grpc-status', 'retry-after']

/** Says in the headers of an answer whether the page that asks may read it. */
export function setCorsHeaders(request: GatewayRequest, head: AnswerHead, options: CorsOptions | undefined): void {
  if (options === undefined) return
  head.set('vary', 'origin')
  const { origin } = request.headers
  if (origin === undefined || !(options.origins.includes('*') || options.origins.includes(origin))) return
  head.set('access-control-allow-origin', options.origins.includes('*') ? '*' : origin)
  if (options.credentials === true) head.set('access-control-allow-credentials', 'true')
  head.set('access-control-expose-headers', (options.exposedHeaders ?? EXPOSED_HEADERS).join(', '))
}

/** Completes the answer to a preflight: what the path takes. */
export function setPreflightHeaders(
  request: GatewayRequest,
  head: AnswerHead,
  answer: { readonly options: CorsOptions | undefined; readonly allow: readonly string[] },
): void {
  if (answer.options === undefined || request.headers['access-control-request-method'] === undefined) return
  head.set('access-control-allow-methods', answer.allow.join(', '))
  head.set('access-control-allow-headers', (answer.options.requestHeaders ?? REQUEST_HEADERS).join(', '))
  head.set('access-control-max-age', String(answer.options.maxAgeSeconds ?? 600))
}

/** Throws Error when the options would give credentials to any page of the web. */
export function checkCors(options: CorsOptions | undefined): void {
  if (options?.credentials === true && options.origins.includes('*'))
    throw new Error('cors: credentials cannot go to the origin "*"')
}
