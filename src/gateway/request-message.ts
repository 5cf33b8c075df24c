// What a method is called with: the message, or the stream of messages, that a matched request stands for.
import { whenThere, type Soon } from '../base/soon.js'
import { Draft } from '../base/proto-json/draft.js'
import { DEFAULT_MAX_JSON_DEPTH } from '../base/proto-json/proto-json.js'
import type { BindOptions } from './bind.js'
import { bindBody, bindPath, bindQuery } from './bind.js'
import type { CallScope } from './call-scope.js'
import { bindCondition } from './etag.js'
import { rawRequest, setRawBody } from './http-body.js'
import { HttpError } from './http-error.js'
import type { GatewayRequest } from './http-message.js'
import { findChain, readParameter, replaceParameter } from './parameter.js'
import type { Parameter } from './query.js'
import { parseQuery } from './query.js'
import { bodyChunks, bodyLines, expectJson, readBody } from './request-body.js'
import type { Match } from './router.js'
import type { Shared } from './shared.js'
import type { KnownMessage, Target } from './target.js'
import { fillMask } from './update-mask.js'

/** Default of `maxBodyBytes`: 384 KiB. */
const DEFAULT_MAX_BODY_BYTES = 393_216

const LINES: readonly string[] = ['application/x-ndjson', 'application/jsonl', 'application/json']

/** Binds one request. */
export class RequestMessage {
  private readonly shared: Shared
  private readonly request: GatewayRequest
  private readonly match: Match
  private readonly query: readonly Parameter[]
  /** What its URL stands for; undefined while it is not bound, and where its message says more than that. */
  known: KnownMessage | undefined
  private others: readonly Parameter[] = []

  /** Throws HttpError `MALFORMED_QUERY`. */
  constructor(shared: Shared, request: GatewayRequest, target: Target) {
    this.shared = shared
    this.request = request
    this.match = target.match
    this.known = target.known
    this.query = target.query === '' ? [] : parseQuery(target.query)
  }

  private get options(): BindOptions {
    const { options, types, printers } = this.shared
    return {
      types,
      unknownFields: printers.json(this.match.route.method.parent.typeName).unknownFields ?? 'reject',
      unknownParameters: options.unknownParameters ?? 'reject',
      maxDepth: options.maxJsonDepth ?? DEFAULT_MAX_JSON_DEPTH,
    }
  }

  /** The encoded message. Throws HttpError. */
  single(): Soon<Uint8Array> {
    if (this.known !== undefined) return this.known.encoded
    return whenThere(readBody(this.request, this.maxBytes), (body) => {
      const { route } = this.match
      if (body.length > 0 && route.body !== undefined && rawRequest(route) === undefined)
        expectJson(this.request.headers['content-type'], ['application/json'])
      const message = this.bound(body)
      if (this.others.length === 0) this.known = this.shared.known.keep(this.request, this.match, message)
      return message
    })
  }

  /** The encoded messages, one per line of the body, or per piece of a raw one. A broken one ends the scope with an HttpError. */
  async *stream(scope: CallScope): AsyncGenerator<Uint8Array> {
    try {
      const isRaw = rawRequest(this.match.route) !== undefined
      if (!isRaw) expectJson(this.request.headers['content-type'], LINES)
      let isEmpty = true
      for await (const part of isRaw ? bodyChunks(this.request) : bodyLines(this.request, this.maxBytes)) {
        isEmpty = false
        yield this.bound(part)
      }
      // An upload of nothing still says what it is called, and of which type it is.
      if (isRaw && isEmpty) yield this.bound(new Uint8Array())
    } catch (error) {
      if (error instanceof HttpError) scope.fail(error)
      throw error
    }
  }

  /** Query parameters that are no field and were let through; known once the message is bound. */
  get unknownParameters(): readonly Parameter[] {
    return this.others
  }

  private get maxBytes(): number {
    return this.shared.options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  }

  private bound(body: Uint8Array): Uint8Array {
    const { route, values } = this.match
    const isPathOnly = route.httpMethod === 'GET' && this.query.length === 0 && this.request.headers['last-event-id'] === undefined
    if (isPathOnly && body.length === 0 && route.pathMessage !== undefined) return route.pathMessage(values)
    const { options } = this
    const draft = new Draft(route.method.input)
    const raw = rawRequest(route)
    if (raw !== undefined) setRawBody(draft, raw, { contentType: this.request.headers['content-type'] ?? '', data: body })
    const node = raw === undefined ? bindBody(this.match, draft, body, options) : undefined
    this.others = bindQuery(this.match, draft, this.query, options)
    bindPath(this.match, draft, options.types)
    fillMask(route, draft, node)
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = this.request.headers
    bindCondition(route, draft, { ifMatch, ifNoneMatch, form: this.shared.options.etags ?? 'quoted' })
    this.resume(draft)
    return draft.encode()
  }

  /** A client of events that comes back says where it was: newer than what its URL says. */
  private resume(draft: Draft): void {
    const text = this.request.headers['last-event-id']
    const name = this.shared.options.streamPositions?.[this.match.route.method.typeName]?.resume
    if (typeof text !== 'string' || text === '' || name === undefined) return
    const chain = findChain(draft.type, name)
    const field = chain?.at(-1)
    if (chain === undefined || field === undefined) throw new Error(`${draft.type.typeName} has no field ${name}`)
    replaceParameter(draft, chain, readParameter(this.options.types, field, { name: 'last-event-id', text }))
  }
}
