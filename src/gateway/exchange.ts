// One request and its answer: bound, called, printed; and whatever goes wrong on the way, as google.rpc.Status.
import { JsonFault } from '../base/proto-json/json-fault.js'
import { WireFault } from '../base/proto-json/wire-reader.js'
import type { Accepted } from './accept.js'
import { parseAccept } from './accept.js'
import type { CallScope } from './call-scope.js'
import { openScope } from './call-scope.js'
import { compressed } from './compression.js'
import { setCorsHeaders, setPreflightHeaders } from './cors.js'
import { etagOf, isNoneMatch } from './etag.js'
import { isRawAnswer, rawAnswer } from './http-body.js'
import { fromJsonFault, HttpError } from './http-error.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { linger } from './linger.js'
import { DEFAULT_REQUEST_HEADERS, requestMetadata, responseHeaders, routingHeader } from './metadata.js'
import type { Metadata } from './metadata.js'
import type { CallAnswer } from './options.js'
import { RequestMessage } from './request-message.js'
import type { Route } from './route.js'
import type { Match } from './router.js'
import type { Shared } from './shared.js'
import type { StatusAnswer } from './status-answer.js'
import { answerOf, retryAfter } from './status-answer.js'
import { answerStream } from './stream-answer.js'
import { rawWriter, streamWriter } from './stream-format.js'

/** One request and its answer. */
export class Exchange {
  private readonly shared: Shared
  private readonly request: GatewayRequest
  private readonly response: GatewayResponse
  private readonly accepted: Accepted

  constructor(shared: Shared, request: GatewayRequest, response: GatewayResponse) {
    this.shared = shared
    this.request = request
    this.response = response
    this.accepted = parseAccept(request.headers.accept)
  }

  /** Runs `work`; answers what it throws. Never rejects. */
  async run(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.fail(error).catch(() => this.response.destroy())
    }
  }

  /** Calls the method and writes its answer. Throws what the call rejects with, and HttpError. */
  async answer(match: Match, query: string): Promise<void> {
    const { methodKind } = match.route.method
    const isStream = methodKind === 'server_streaming' || methodKind === 'bidi_streaming'
    if (isStream && this.request.method === 'HEAD') {
      this.headOfStream(match.route)
      return
    }
    const { defaultTimeoutMs = 15_000, maxTimeoutMs = 60_000 } = this.shared.options
    const isLong = methodKind !== 'unary'
    const scope = openScope(this.request, this.response, { defaultMs: isLong ? undefined : defaultTimeoutMs, maxMs: isLong ? undefined : maxTimeoutMs })
    try {
      const answer = await this.call(match, query, scope)
      if (answer.message instanceof Uint8Array) await this.single(match.route, answer, answer.message)
      else await this.stream(match.route, answer, { messages: answer.message, scope })
    } finally {
      scope.close()
    }
  }

  /** Answers a method that the path does not have: OPTIONS with what it has, others with 405. */
  answerMethods(allow: readonly string[]): void {
    this.response.setHeader('allow', allow.join(', '))
    if (this.request.method !== 'OPTIONS') throw new HttpError('METHOD_NOT_ALLOWED', `This path takes ${allow.join(', ')}`)
    setCorsHeaders(this.request, this.response, this.shared.options.cors)
    setPreflightHeaders(this.request, this.response, { options: this.shared.options.cors, allow })
    this.response.statusCode = 204
    this.response.end()
  }

  /** Writes a text that is no answer of a method, such as the description of the API. */
  async answerText(contentType: string, text: string): Promise<void> {
    if (this.request.method !== 'GET' && this.request.method !== 'HEAD') {
      this.answerMethods(['GET', 'HEAD', 'OPTIONS'])
      return
    }
    this.head(200, contentType)
    await this.end(Buffer.from(text))
  }

  private async call({ route, values }: Match, query: string, scope: CallScope): Promise<CallAnswer> {
    const { options } = this.shared
    const message = new RequestMessage(this.shared, this.request, { match: { route, values }, query })
    const isStream = route.method.methodKind === 'client_streaming' || route.method.methodKind === 'bidi_streaming'
    const metadata: Metadata = { ...requestMetadata(this.request.headers, options.requestHeaders ?? DEFAULT_REQUEST_HEADERS), ...routingHeader(route, values) }
    const request = isStream ? message.stream(scope) : await scope.during(message.single())
    return scope.during(options.call(route.method, request, { metadata, signal: scope.signal, deadline: scope.deadline }))
  }

  private headOfStream(route: Route): void {
    this.head(200, isRawAnswer(route) ? 'application/octet-stream' : streamWriter(this.accepted.stream).contentType)
    this.response.end()
  }

  private async single(route: Route, answer: CallAnswer, message: Uint8Array): Promise<void> {
    const body = isRawAnswer(route) ? rawAnswer(route, message) : { contentType: 'application/json', data: Buffer.from(this.print(route, message)) }
    const etag = etagOf(route, message)
    const isKnown = etag !== undefined && route.httpMethod === 'GET' && isNoneMatch(this.request.headers['if-none-match'], etag)
    this.head(isKnown ? 304 : 200, isKnown ? undefined : body.contentType, { ...(await answer.trailers), ...answer.headers })
    if (etag !== undefined) this.response.setHeader('etag', etag)
    if (isKnown) this.response.end()
    else await this.end(body.data)
  }

  private stream(route: Route, answer: CallAnswer, from: { messages: AsyncIterable<Uint8Array>; scope: CallScope }): Promise<void> {
    const { options, printers } = this.shared
    const writer = isRawAnswer(route) ? rawWriter() : streamWriter(this.accepted.stream)
    return answerStream(this.response, from.scope, {
      messages: from.messages,
      writer,
      print: (message, number) => (isRawAnswer(route) ? rawAnswer(route, message).data : writer.item(this.print(route, message), this.eventId(route, message) ?? String(number))),
      begin: (first) => {
        const contentType = isRawAnswer(route) && first !== undefined ? rawAnswer(route, first).contentType : writer.contentType
        this.head(200, contentType, answer.headers)
        this.response.setHeader('cache-control', 'no-cache')
        this.response.setHeader('trailer', 'grpc-status')
      },
      finish: async () => {
        const trailers = responseHeaders(await answer.trailers, options.responseHeaders ?? []).map(([name, values]) => [name, values.join(', ')])
        this.response.addTrailers({ ...(Object.fromEntries(trailers) as Record<string, string>), 'grpc-status': '0' })
      },
      failure: (error) => {
        const { code, status } = this.statusOf(error)
        this.response.addTrailers({ 'grpc-status': String(code) })
        return printers.statusText(status)
      },
      heartbeatMs: options.heartbeatMs ?? 15_000,
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
    })
  }

  private print(route: Route, message: Uint8Array): string {
    const printer = this.shared.printers.answer(route.method.parent.typeName, this.accepted.any)
    const { output } = route.method
    return route.responseBody === undefined ? printer.print(output, message) : printer.printField(output, route.responseBody.name, message)
  }

  private eventId(route: Route, message: Uint8Array): string | undefined {
    const position = this.shared.options.streamPositions?.[route.method.typeName]
    if (position === undefined || this.accepted.stream !== 'sse') return undefined
    const text = this.shared.printers.answer(route.method.parent.typeName, undefined).printField(route.method.output, position.id, message)
    const id = text.replace(/^"|"$/g, '')
    return id === '0' ? '' : id
  }

  private head(status: number, contentType: string | undefined, metadata?: Metadata): void {
    const { options } = this.shared
    this.response.statusCode = status
    for (const [name, values] of responseHeaders(metadata, options.responseHeaders ?? [])) this.response.setHeader(name, values)
    setCorsHeaders(this.request, this.response, options.cors)
    if (contentType === undefined) return
    this.response.setHeader('content-type', contentType)
    this.response.setHeader('x-content-type-options', 'nosniff')
  }

  private async end(body: Uint8Array): Promise<void> {
    const isOff = this.shared.options.compression === false
    const { bytes, encoding } = isOff ? { bytes: body, encoding: undefined } : await compressed(body, this.request.headers['accept-encoding'])
    if (this.response.destroyed) return
    if (!isOff) this.response.setHeader('vary', this.shared.options.cors === undefined ? 'accept, accept-encoding' : 'accept, accept-encoding, origin')
    if (encoding !== undefined) this.response.setHeader('content-encoding', encoding)
    this.response.setHeader('content-length', String(bytes.length))
    const sent = this.request.method === 'HEAD' ? Buffer.alloc(0) : bytes
    if (this.request.complete) {
      this.response.end(sent)
      return
    }
    this.response.write(sent)
    linger(this.request, () => this.response.end())
  }

  private statusOf(error: unknown): StatusAnswer {
    const { errorDomain = 'gateway', onError } = this.shared.options
    const report = onError ?? (() => undefined)
    if (error instanceof JsonFault) {
      if (error.reason === 'UNPRINTABLE_MESSAGE') report(error)
      return answerOf(fromJsonFault(error), errorDomain, report)
    }
    if (error instanceof WireFault) report(error)
    return answerOf(error instanceof WireFault ? new HttpError('INTERNAL_FAULT', 'The answer cannot be read') : error, errorDomain, report)
  }

  private async fail(error: unknown): Promise<void> {
    if (this.response.destroyed) return
    if (this.response.headersSent) {
      this.response.destroy()
      return
    }
    const { httpStatus, code, status } = this.statusOf(error)
    // What is left of the body is not read, so the connection cannot be used again.
    if (!this.request.complete && this.request.httpVersionMajor === 1) this.response.setHeader('connection', 'close')
    // The caller set the condition in HTTP's own words, so it is told in them that it does not hold.
    this.head(code === ABORTED && this.request.headers['if-match'] !== undefined ? 412 : httpStatus, 'application/json')
    const delay = retryAfter(status)
    if (delay !== undefined) this.response.setHeader('retry-after', String(delay))
    await this.end(Buffer.from(this.shared.printers.statusText(status)))
  }
}

/** google.rpc.Code.ABORTED. */
const ABORTED = 10
