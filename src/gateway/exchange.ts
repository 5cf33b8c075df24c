// One request and its answer: bound, called, printed; and whatever goes wrong on the way, as google.rpc.Status.
import type { TypeSource } from '../base/proto-json/type-source.js'
import { JsonFault } from '../base/proto-json/json-fault.js'
import type { MessagePrinter } from '../base/proto-json/print-message.js'
import { DEFAULT_MAX_JSON_DEPTH } from '../base/proto-json/proto-json.js'
import type { Accepted } from './accept.js'
import { parseAccept } from './accept.js'
import { bind } from './bind.js'
import type { CallScope } from './call-scope.js'
import { openScope } from './call-scope.js'
import { fromJsonFault, HttpError } from './http-error.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { DEFAULT_REQUEST_HEADERS, requestMetadata, responseHeaders } from './metadata.js'
import type { CallAnswer, GatewayOptions } from './options.js'
import type { Printers } from './printers.js'
import { parseQuery } from './query.js'
import { expectJson, readBody } from './request-body.js'
import { linger } from './linger.js'
import type { Route } from './route.js'
import type { Match } from './router.js'
import { answerOf } from './status-answer.js'
import { answerStream } from './stream-answer.js'
import { streamWriter } from './stream-format.js'

/** What all exchanges of a gateway use. */
export interface Shared {
  readonly options: GatewayOptions
  readonly types: TypeSource
  readonly printers: Printers
}

/** Default of `maxBodyBytes`. */
export const DEFAULT_MAX_BODY_BYTES = 393_216

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
      this.fail(error)
    }
  }

  /** Calls the method and writes its answer. Throws what the call rejects with, and HttpError. */
  async answer(match: Match, query: string): Promise<void> {
    const { options } = this.shared
    const { method } = match.route
    const isStream = method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming'
    const limits = isStream ? { defaultMs: undefined, maxMs: undefined } : { defaultMs: options.defaultTimeoutMs ?? 15_000, maxMs: options.maxTimeoutMs ?? 60_000 }
    const scope = openScope(this.request, this.response, limits)
    try {
      if (isStream && this.request.method === 'HEAD') {
        this.head(200, streamWriter(this.accepted.stream).contentType)
        this.response.end()
        return
      }
      const metadata = requestMetadata(this.request.headers, options.requestHeaders ?? DEFAULT_REQUEST_HEADERS)
      const message = await scope.during(this.bound(match, query))
      const answer = await scope.during(options.call(method, message, { metadata, signal: scope.signal, deadline: scope.deadline }))
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
    this.response.statusCode = 204
    this.response.end()
  }

  private async bound(match: Match, query: string): Promise<Uint8Array> {
    const { options, types, printers } = this.shared
    const body = await readBody(this.request, options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES)
    if (body.length > 0 && match.route.body !== undefined) expectJson(this.request.headers['content-type'])
    const unknownFields = printers.json(match.route.method.parent.typeName).unknownFields ?? 'reject'
    return bind(match, { query: parseQuery(query), body }, {
      types,
      unknownFields,
      unknownParameters: options.unknownParameters ?? 'reject',
      maxDepth: options.maxJsonDepth ?? DEFAULT_MAX_JSON_DEPTH,
    }).encode()
  }

  private async single(route: Route, answer: CallAnswer, message: Uint8Array): Promise<void> {
    const json = print(this.printer(route), route, message)
    const trailers = await answer.trailers
    this.head(200, 'application/json', { ...trailers, ...answer.headers })
    this.end(json)
  }

  private stream(route: Route, answer: CallAnswer, from: { messages: AsyncIterable<Uint8Array>; scope: CallScope }): Promise<void> {
    const { options, printers } = this.shared
    const writer = streamWriter(this.accepted.stream)
    const printer = this.printer(route)
    return answerStream(this.response, from.scope, {
      messages: from.messages,
      writer,
      print: (message, number) => writer.item(print(printer, route, message), String(number)),
      begin: () => {
        this.head(200, writer.contentType, answer.headers)
        this.response.setHeader('cache-control', 'no-cache')
      },
      failure: (error) => printers.statusText(this.statusOf(error).status),
      heartbeatMs: options.heartbeatMs ?? 15_000,
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
    })
  }

  private printer(route: Route): MessagePrinter {
    return this.shared.printers.answer(route.method.parent.typeName, this.accepted.any)
  }

  private head(status: number, contentType: string, metadata?: CallAnswer['headers']): void {
    this.response.statusCode = status
    for (const [name, values] of responseHeaders(metadata, this.shared.options.responseHeaders ?? [])) this.response.setHeader(name, values)
    this.response.setHeader('content-type', contentType)
    this.response.setHeader('x-content-type-options', 'nosniff')
  }

  private end(text: string): void {
    const bytes = Buffer.from(text)
    this.response.setHeader('content-length', String(bytes.length))
    if (this.request.method === 'HEAD') this.response.end()
    else this.response.end(bytes)
  }

  /** Answers before the request has ended. What is left of it is not read, so the connection cannot be used again. */
  private endEarly(text: string): void {
    const bytes = Buffer.from(text)
    if (this.request.httpVersionMajor === 1) this.response.setHeader('connection', 'close')
    this.response.setHeader('content-length', String(bytes.length))
    this.response.write(bytes)
    linger(this.request, () => this.response.end())
  }

  private statusOf(error: unknown): ReturnType<typeof answerOf> {
    const { errorDomain = 'gateway', onError } = this.shared.options
    return answerOf(error instanceof JsonFault ? fromJsonFault(error) : error, errorDomain, onError ?? (() => undefined))
  }

  private fail(error: unknown): void {
    if (this.response.destroyed) return
    if (this.response.headersSent) {
      this.response.destroy()
      return
    }
    const { httpStatus, status } = this.statusOf(error)
    this.head(httpStatus, 'application/json')
    if (this.request.complete) this.end(this.shared.printers.statusText(status))
    else this.endEarly(this.shared.printers.statusText(status))
  }
}

function print(printer: MessagePrinter, route: Route, message: Uint8Array): string {
  const { output } = route.method
  return route.responseBody === undefined ? printer.print(output, message) : printer.printField(output, route.responseBody.name, message)
}
