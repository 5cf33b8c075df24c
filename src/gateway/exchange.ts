// One request and its answer: bound, called, printed; and whatever goes wrong on the way, as google.rpc.Status.
import { isNoneMatch } from '../base/entity-tag.js'
import { ending, whenThere, type Soon } from '../base/soon.js'
import { JsonFault } from '../base/proto-json/json-fault.js'
import { WireFault } from '../base/proto-json/wire-reader.js'
import type { Accepted } from './accept.js'
import { parseAccept } from './accept.js'
import { AnswerHead } from './answer-head.js'
import type { ApiPage } from './api-pages.js'
import { CallScope, type TimeLimits } from './call-scope.js'
import { compressed, encodingFor } from './compression.js'
import { setCorsHeaders, setPreflightHeaders } from './cors.js'
import { etagOf } from './etag.js'
import { isRawAnswer, rawAnswer } from './http-body.js'
import { ExchangeContext } from './exchange-context.js'
import { fromJsonFault, HttpError, MethodNotAllowed } from './http-error.js'
import { hasBody } from './http-message.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { linger } from './linger.js'
import { answerStatus, responseHeaders } from './metadata.js'
import type { Metadata } from './metadata.js'
import type { CallAnswer, MessageAnswer, ReadyAnswer } from './options.js'
import { RequestMessage } from './request-message.js'
import type { Route } from './route.js'
import type { Shared } from './shared.js'
import type { StatusAnswer } from './status-answer.js'
import { answerOf, retryAfter } from './status-answer.js'
import { answerStream, beginStream } from './stream-answer.js'
import { rawWriter, streamWriter } from './stream-format.js'
import type { StreamWriter } from './stream-format.js'
import type { Target } from './target.js'

/** One request and its answer. */
export class Exchange {
  private readonly shared: Shared
  private readonly request: GatewayRequest
  private readonly response: GatewayResponse
  private readonly accepted: Accepted
  private readonly began = performance.now()
  private route: Route | undefined
  private code = 0
  private isHandedOn = false

  constructor(shared: Shared, request: GatewayRequest, response: GatewayResponse) {
    this.shared = shared
    this.request = request
    this.response = response
    this.accepted = parseAccept(request.headers.accept)
  }

  /** Leaves the request to whoever comes next; it is not this gateway's answer that follows. */
  handOn(next: () => void): void {
    this.isHandedOn = true
    next()
  }

  /** Runs `work`; answers what it throws, and tells `onAnswer` once the exchange is over. Throws what that throws, and nothing else. */
  run(work: () => Soon<void>): void {
    try {
      const done = work()
      if (done instanceof Promise) done.catch((error: unknown) => this.failed(error))
    } catch (error) {
      this.failed(error)
    }
    if (this.isHandedOn || this.shared.options.onAnswer === undefined) return
    if (this.response.writableFinished) this.record()
    else this.response.once('close', () => this.record())
  }

  /** Calls the method and writes its answer: at once when that is there. Throws what the call rejects with, and HttpError. */
  answer(target: Target): Soon<void> {
    const { route } = target.match
    this.route = route
    const scope = new CallScope(this.request, this.response, this.timeLimits(route))
    return ending(
      () => whenThere(this.call(target, scope), (answer) => this.write(route, answer, scope)),
      () => scope.close(),
    )
  }

  /** Answers a method that the path does not have: OPTIONS with what it has, others with 405. */
  answerMethods(allow: readonly string[]): void {
    if (this.request.method !== 'OPTIONS') throw new MethodNotAllowed(allow)
    const { cors } = this.shared.options
    const head = this.head(204, undefined)
    head.set('allow', allow.join(', '))
    setPreflightHeaders(this.request, head, { options: cors, allow })
    this.endWithout(head)
  }

  /** Writes a page that is no answer of a method, such as the description of the API. */
  answerPage(page: ApiPage): Soon<void> {
    if (this.request.method !== 'GET' && this.request.method !== 'HEAD') {
      this.answerMethods(['GET', 'HEAD', 'OPTIONS'])
      return
    }
    const head = this.head(200, page.contentType)
    if (page.policy !== undefined) head.set('content-security-policy', page.policy)
    return this.end(head, page.body)
  }

  private timeLimits({ method }: Route): TimeLimits {
    const { defaultTimeoutMs = 15_000, maxTimeoutMs = 60_000, methodTimeoutMs } = this.shared.options
    const own = methodTimeoutMs?.[method.typeName]
    if (own !== undefined) return { defaultMs: own, maxMs: Math.max(own, maxTimeoutMs) }
    return method.methodKind === 'unary'
      ? { defaultMs: defaultTimeoutMs, maxMs: maxTimeoutMs }
      : { defaultMs: undefined, maxMs: undefined }
  }

  private call(target: Target, scope: CallScope): Soon<CallAnswer> {
    const { options } = this.shared
    const { match } = target
    const { method } = match.route
    const message = new RequestMessage(this.shared, this.request, target)
    const isStreamed = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'
    const ready = isReadable(match.route, this.accepted) ? this.request.headers : undefined
    const context = new ExchangeContext({ request: this.request, options, match, scope, message, ready })
    const request = isStreamed ? message.stream(scope) : scope.during(message.single())
    return whenThere(request, (bound) => scope.during(options.call(method, bound, context)))
  }

  private write(route: Route, answer: CallAnswer, scope: CallScope): Soon<void> {
    if ('json' in answer) return this.ready(answer)
    if (answer.message instanceof Uint8Array) return this.single(route, answer, answer.message)
    if (this.request.method === 'HEAD') return this.headOfStream(route, answer.message, scope)
    return this.stream(route, answer, { messages: answer.message, scope })
  }

  private ready({ json, etag, headers }: ReadyAnswer): Soon<void> {
    const head = this.head(json === undefined ? 304 : answerStatus(headers), json === undefined ? undefined : 'application/json', headers)
    if (etag !== undefined) head.set('etag', etag)
    if (json !== undefined) return this.end(head, json)
    this.endWithout(head)
  }

  /** Whether there is a stream depends on who asks, as for any other method. */
  private async headOfStream(route: Route, messages: AsyncIterable<Uint8Array>, scope: CallScope): Promise<void> {
    await beginStream(messages, scope)
    this.endWithout(this.head(200, isRawAnswer(route) ? 'application/octet-stream' : streamWriter(this.accepted.stream).contentType))
  }

  private single(route: Route, { headers, trailers }: MessageAnswer, message: Uint8Array): Soon<void> {
    const etag = etagOf(route, message)
    const isKnown = etag !== undefined && route.httpMethod === 'GET' && isNoneMatch(this.request.headers['if-none-match'], etag)
    const raw = isRawAnswer(route) ? rawAnswer(route, message) : undefined
    const text = isKnown || raw !== undefined ? '' : this.print(route, message)
    return whenThere(trailers, (ended) => {
      const metadata = ended === undefined ? headers : { ...ended, ...headers }
      const head = this.head(isKnown ? 304 : answerStatus(metadata), isKnown ? undefined : (raw?.contentType ?? 'application/json'), metadata)
      if (etag !== undefined) head.set('etag', etag)
      if (!isKnown) return this.end(head, raw?.data ?? text)
      this.endWithout(head)
    })
  }

  private stream(
    route: Route,
    answer: MessageAnswer,
    from: { messages: AsyncIterable<Uint8Array>; scope: CallScope },
  ): Promise<void> {
    const { options, printers } = this.shared
    // A stream that fails may fail its trailers too; the failure of the stream is the one that is told.
    if (answer.trailers instanceof Promise) answer.trailers.catch(() => undefined)
    const writer = isRawAnswer(route) ? rawWriter() : streamWriter(this.accepted.stream)
    return answerStream(this.response, from.scope, {
      messages: from.messages,
      writer,
      print: (message, number) => this.part(route, writer, { message, number }),
      begin: (first) => {
        const contentType = isRawAnswer(route) && first !== undefined ? rawAnswer(route, first).contentType : writer.contentType
        const head = this.head(200, contentType, answer.headers)
        head.set('cache-control', 'no-cache')
        head.set('vary', options.cors === undefined ? 'accept' : 'accept, origin')
        // A connection of HTTP/1.0 has no chunks, and so no place for trailers: node refuses to promise any.
        if (this.request.httpVersion !== '1.0') head.set('trailer', 'grpc-status')
        head.writeTo(this.response)
      },
      finish: async () => {
        const trailers = responseHeaders(await answer.trailers, options.responseHeaders ?? []).map(([name, values]) => [
          name,
          values.join(', '),
        ])
        this.response.addTrailers({ ...(Object.fromEntries(trailers) as Record<string, string>), 'grpc-status': '0' })
      },
      failure: (error) => {
        const { code, status } = this.statusOf(error)
        this.code = code
        this.response.addTrailers({ 'grpc-status': String(code) })
        return printers.statusText(status)
      },
      heartbeatMs: options.heartbeatMs ?? 15_000,
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
    })
  }

  /** One answer of a stream; those that look the same in every stream are shared by all. */
  private part(
    route: Route,
    writer: StreamWriter,
    { message, number }: { readonly message: Uint8Array; readonly number: number },
  ): string | Uint8Array {
    if (isRawAnswer(route)) return rawAnswer(route, message).data
    const { stream, any } = this.accepted
    const print = (): string => writer.item(this.print(route, message), this.eventId(route, message) ?? String(number))
    const hasPosition = this.shared.options.streamPositions?.[route.method.typeName] !== undefined
    const isSameForAll = stream === 'ndjson' || (stream === 'sse' && hasPosition)
    if (!isSameForAll) return print()
    return this.shared.printed.of(`${route.httpMethod} ${route.template.text} ${stream} ${any ?? ''}`, message, print)
  }

  private print(route: Route, message: Uint8Array): string {
    const printer = this.shared.printers.answer(route.method.parent.typeName, this.accepted.any)
    const { output } = route.method
    return route.responseBody === undefined
      ? printer.print(output, message)
      : printer.printField(output, route.responseBody.name, message)
  }

  private eventId(route: Route, message: Uint8Array): string | undefined {
    const position = this.shared.options.streamPositions?.[route.method.typeName]
    if (position === undefined || this.accepted.stream !== 'sse') return undefined
    const text = this.shared.printers
      .answer(route.method.parent.typeName, undefined)
      .printField(route.method.output, position.id, message)
    const id = text.startsWith('"') ? String(JSON.parse(text)) : text
    // An answer without a place, such as a part of a snapshot, cannot be gone on from.
    if (id === '' || id === '0' || id === 'null') return ''
    // A line break would end the id and begin a field of the event.
    return id.replaceAll(/[\r\n\0]/g, '')
  }

  private head(status: number, contentType: string | undefined, metadata?: Metadata): AnswerHead {
    const { requestIdHeader, responseHeaders: listed = [], cors } = this.shared.options
    const head = new AnswerHead(status)
    const requestId = requestIdHeader === undefined ? undefined : this.request.headers[requestIdHeader]
    if (requestIdHeader !== undefined && requestId !== undefined) head.set(requestIdHeader, requestId)
    for (const [name, values] of responseHeaders(metadata, listed)) head.set(name, values)
    setCorsHeaders(this.request, head, cors)
    if (contentType === undefined) return head
    head.set('content-type', contentType)
    head.set('x-content-type-options', 'nosniff')
    return head
  }

  /** Ends an answer that has no body. */
  private endWithout(head: AnswerHead): void {
    head.writeTo(this.response)
    this.response.end()
  }

  private end(head: AnswerHead, body: string | Uint8Array): Soon<void> {
    const { compression } = this.shared.options
    const accepted = this.request.headers['accept-encoding']
    const encoding = compression === false || accepted === undefined ? undefined : encodingFor(Buffer.byteLength(body), accepted)
    if (encoding === undefined) {
      this.send(head, body)
      return
    }
    return compressed(body, encoding).then((sent) => {
      head.set('content-encoding', encoding)
      this.send(head, sent)
    })
  }

  private send(head: AnswerHead, body: string | Uint8Array): void {
    if (this.response.destroyed) return
    const { compression, cors } = this.shared.options
    if (compression !== false) head.set('vary', cors === undefined ? VARY : `${VARY}, origin`)
    const bytes = Buffer.byteLength(body)
    head.set('content-length', String(bytes))
    head.writeTo(this.response)
    const shown = this.request.method === 'HEAD' ? '' : body
    if (!hasBody(this.request) || this.request.complete) {
      // Text goes out in one piece with the headers; bytes would take a second write. ASCII needs no looking at each character.
      this.response.end(shown, bytes === shown.length ? 'latin1' : 'utf8')
      return
    }
    this.response.write(shown)
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
    return answerOf(
      error instanceof WireFault ? new HttpError('INTERNAL_FAULT', 'The answer cannot be read') : error,
      errorDomain,
      report,
    )
  }

  private record(): void {
    this.shared.options.onAnswer?.({
      method: this.route?.method.typeName,
      template: this.route?.template.text,
      httpStatus: this.response.statusCode,
      code: this.response.writableFinished || this.code !== 0 ? this.code : CANCELLED,
      began: this.began,
    })
  }

  private failed(error: unknown): void {
    this.fail(error).catch(() => this.response.destroy())
  }

  private async fail(error: unknown): Promise<void> {
    if (this.response.destroyed) return
    if (this.response.headersSent) {
      this.response.destroy()
      return
    }
    const { httpStatus, code, status } = this.statusOf(error)
    this.code = code
    // The caller set the condition in HTTP's own words, so it is told in them that it does not hold.
    const head = this.head(code === ABORTED && this.request.headers['if-match'] !== undefined ? 412 : httpStatus, 'application/json')
    // What is left of the body is not read, so the connection cannot be used again.
    if (hasBody(this.request) && !this.request.complete && this.request.httpVersionMajor === 1) head.set('connection', 'close')
    // RFC 9110, section 15.5.2: who refuses for want of credentials says which are taken; gRPC takes tokens.
    if (code === UNAUTHENTICATED) head.set('www-authenticate', 'Bearer')
    if (error instanceof MethodNotAllowed) head.set('allow', error.allow.join(', '))
    const delay = retryAfter(status)
    if (delay !== undefined) head.set('retry-after', String(delay))
    await this.end(head, this.shared.printers.statusText(status))
  }
}

/** Whether text that looks as the options say will do for an answer. */
function isReadable({ httpMethod, method, responseBody }: Route, { any }: Accepted): boolean {
  return httpMethod === 'GET' && method.methodKind === 'unary' && responseBody === undefined && any === undefined
}

/** Headers of the request that decide how an answer looks. */
const VARY = 'accept, accept-encoding'

/** Numbers of google.rpc.Code. */
const CANCELLED = 1
const ABORTED = 10
const UNAUTHENTICATED = 16
