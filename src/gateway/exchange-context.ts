// What a call gets beside its request, made out of one HTTP request when it is read.
import type { CallScope } from './call-scope.js'
import type { GatewayRequest } from './http-message.js'
import { DEFAULT_REQUEST_HEADERS, requestMetadata, routingHeader, type Metadata } from './metadata.js'
import type { CallContext, GatewayOptions, ReadyRequest } from './options.js'
import type { Parameter } from './query.js'
import type { RequestMessage } from './request-message.js'
import type { Match } from './router.js'
import type { KnownMessage } from './target.js'

/** One request, on its way to its method. */
export interface ContextParts {
  readonly request: GatewayRequest
  readonly options: GatewayOptions
  readonly match: Match
  readonly scope: CallScope
  readonly message: RequestMessage
  /** The headers of a request that takes ready JSON; undefined for one that does not. */
  readonly ready: GatewayRequest['headers'] | undefined
}

/** The context of one call. */
export class ExchangeContext implements CallContext {
  private readonly parts: ContextParts
  private read: Metadata | undefined

  /** Throws HttpError `MALFORMED_HEADER` for bytes in a header that are none. */
  constructor(parts: ContextParts) {
    this.parts = parts
    if (hasBinaryHeader(parts.request.rawHeaders)) this.read = this.metadata
  }

  get httpRequest(): GatewayRequest {
    return this.parts.request
  }

  get metadata(): Metadata {
    const { request, options, match } = this.parts
    this.read ??= {
      ...requestMetadata(request.headers, options.requestHeaders ?? DEFAULT_REQUEST_HEADERS),
      ...routingHeader(match.route, match.values),
    }
    return this.read
  }

  get signal(): AbortSignal {
    return this.parts.scope.signal
  }

  get deadline(): Date | undefined {
    return this.parts.scope.deadline
  }

  get unknownParameters(): readonly Parameter[] {
    return this.parts.message.unknownParameters
  }

  get known(): KnownMessage | undefined {
    return this.parts.message.known
  }

  get ready(): ReadyRequest | undefined {
    const { ready } = this.parts
    return ready && { ifNoneMatch: ready['if-none-match'] }
  }
}

/** Whether there is a header whose value is bytes: those have to be such, whether anybody reads them or not. */
function hasBinaryHeader(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name[name.length - 4] === '-' && name.toLowerCase().endsWith('-bin')) return true
  }
  return false
}
