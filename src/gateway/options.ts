// What a gateway is made of: the schema, how methods are called, and how strictly and in which shape it speaks JSON.
import type { Soon } from '../base/soon.js'
import type { PrintOptions } from '../base/proto-json/print-options.js'
import type { ReadOptions } from '../base/proto-json/read-message.js'
import type { CorsOptions } from './cors.js'
import type { GatewayRequest } from './http-message.js'
import type { ServiceRule } from './http-rule.js'
import type { Metadata } from './metadata.js'
import type { GatewayMethod } from './route.js'

/** How JSON is printed and read. */
export interface JsonOptions extends PrintOptions, ReadOptions {}

/** What a call gets beside its request. What costs something is made when it is read. */
export interface CallContext {
  /** The request as it came, for what is no metadata, such as the client certificate of its connection. */
  readonly httpRequest: GatewayRequest
  /** Headers of the request that the gateway lets through. */
  readonly metadata: Metadata
  /** Aborts when the caller goes away or the deadline passes. */
  readonly signal: AbortSignal
  /**
   * Query parameters that are no field, decoded, in order: those that `unknownParameters` lets through. None for a
   * stream of requests.
   */
  readonly unknownParameters: readonly (readonly [name: string, value: string])[]
  /**
   * Where the call may leave notes on what it has made of the request: the same for every request with this URL, for as long as
   * the gateway remembers that. Undefined when the message says more than the URL.
   */
  readonly known: { notes: unknown } | undefined
  /** When the answer is of no use any more; undefined for a stream without a limit. */
  readonly deadline: Date | undefined
  /**
   * Set when the caller takes the JSON that the options of the gateway say: then a GET may be answered with text that is
   * there already. Undefined when only a message will do.
   */
  readonly ready: ReadyRequest | undefined
}

/** What a caller says that takes ready JSON. */
export interface ReadyRequest {
  /** Its `If-None-Match` (RFC 9110, section 13.1.2), to be compared by `isNoneMatch`. */
  readonly ifNoneMatch: string | undefined
}

/** What a call answers: a message, or what the caller gets instead of it. */
export type CallAnswer = MessageAnswer | ReadyAnswer

/** An answer that is there as JSON. Only for a single answer where `CallContext.ready` is set. */
export interface ReadyAnswer {
  /** JSON text as the gateway would print the message; undefined when the caller has it already: 304. */
  readonly json: string | Uint8Array | undefined
  /** With its quotes; undefined when it has none. */
  readonly etag: string | undefined
  readonly headers?: Metadata | undefined
}

/** An answer that is a message. */
export interface MessageAnswer {
  /** The encoded answer; for a stream of answers, each of them. */
  readonly message: Uint8Array | AsyncIterable<Uint8Array>
  /** `x-http-code` among them is the HTTP status of a single answer: 200 to 203; anything else means 200. */
  readonly headers?: Metadata | undefined
  /** For a stream, a promise that resolves when the stream has ended. */
  readonly trailers?: Metadata | Promise<Metadata> | undefined
}

/**
 * Invokes a method. The request is encoded, and not to be changed; for a stream of requests, each of them. Rejects with a StatusError, or an
 * object `{ code, message, details?: Uint8Array }` whose details are an encoded google.rpc.Status; anything else is answered
 * as "Internal error".
 */
export type Call = (
  method: GatewayMethod,
  request: Uint8Array | AsyncIterable<Uint8Array>,
  context: CallContext,
) => Soon<CallAnswer>

/** What became of a request, for logs and metrics: nothing in it grows with what callers send. */
export interface AnswerRecord {
  /** Full name of the method; undefined when the request never came to one. */
  readonly method: string | undefined
  /** Path template of its route. */
  readonly template: string | undefined
  readonly httpStatus: number
  /** Number of the google.rpc.Code, 0 for OK; for a stream, how it ended. */
  readonly code: number
  /** When the request came, in milliseconds of `performance.now()`. */
  readonly began: number
}

/** Where the events of a stream can be taken up again. */
export interface StreamPosition {
  /** Field of the answer whose value is the id of a server-sent event; 0 or nothing gives it no id. */
  readonly id: string
  /** Field of the request that takes the `Last-Event-ID` of a client that comes back. */
  readonly resume?: string
}

/** An OpenAPI document that is served elsewhere on the same origin. */
export interface DocumentLink {
  /** What the page calls it. */
  readonly title: string
  /** An absolute path. */
  readonly path: string
}

/** The description of the API that the gateway serves. */
export interface OpenApiOptions {
  readonly title: string
  /** Of the API, such as `v1`. */
  readonly version: string
  /** In Markdown. */
  readonly description?: string
  /** URLs of the servers. Default: where the document came from. */
  readonly servers?: readonly string[]
  /** Where the document is. Default: `/openapi.json`. */
  readonly path?: string
  /** Where the page to read and try it is. Default: `/docs`. */
  readonly docsPath?: string
  /** Documents of other APIs that the page can show too. Default: none. */
  readonly others?: readonly DocumentLink[]
  /** Answers of single methods that are more than a body with 200, by full name of the method. Default: none. */
  readonly answers?: Readonly<Record<string, AnswerDescription>>
}

/** What a description of the API says of the answer of a method. */
export interface AnswerDescription {
  /** The HTTP status. Default: 200. */
  readonly httpStatus?: number
  /** What each header says, by name. Default: none are described. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of createGateway. */
export interface GatewayOptions {
  /** An encoded google.protobuf.FileDescriptorSet with the google.api annotations, imports before the files that use them. */
  readonly descriptors: Uint8Array
  /** Full names of the services to expose. Default: all. */
  readonly services?: readonly string[]
  readonly call: Call
  /** HTTP rules in place of those of the schema, for methods whose own do not suit. Default: none. */
  readonly rules?: readonly ServiceRule[]
  readonly json?: JsonOptions
  /** JSON options of single services, by full name, over those of `json`. */
  readonly serviceJson?: Readonly<Record<string, JsonOptions>>
  /**
   * What to do with query parameters that are no field: refuse, ignore all, or ignore these names; the call gets the
   * ignored ones. Default: reject.
   */
  readonly unknownParameters?: 'reject' | 'ignore' | readonly string[]
  /** Give methods without a rule `POST /pkg.Service/Method`. Default: false. */
  readonly unannotated?: boolean
  /** Default: 393,216 (384 KiB), also after decompression. For a stream of requests, each of them. */
  readonly maxBodyBytes?: number
  /** Path and query, in bytes. Default: 8,192. */
  readonly maxUrlBytes?: number
  /** Bytes that are kept of the URLs of the last reads and what they stand for; 0 for none. Default: 8 MiB. */
  readonly knownReadBytes?: number
  /** How many JSON arrays and objects of a body may stand inside each other. Default: 20. */
  readonly maxJsonDepth?: number
  /** `domain` of google.rpc.ErrorInfo in the gateway's own errors. Default: `gateway`. */
  readonly errorDomain?: string
  /** Header of requests, in lower case, that every answer repeats, such as `x-request-id`. Default: none. */
  readonly requestIdHeader?: string
  /** Headers that become metadata, lower case; `x-*` stands for all that begin so. Default: DEFAULT_REQUEST_HEADERS. */
  readonly requestHeaders?: readonly string[]
  /** Metadata of the answer that becomes headers. Default: none. */
  readonly responseHeaders?: readonly string[]
  /** Time for a single answer when the caller sends no `grpc-timeout`. Default: 15,000. */
  readonly defaultTimeoutMs?: number
  /**
   * The most that a caller may ask for; longer is cut to it. Default: 60,000. Streams of answers have no limit unless
   * the caller sets one.
   */
  readonly maxTimeoutMs?: number
  /** Default time of single methods, by full name, over `defaultTimeoutMs` and `maxTimeoutMs`: for those that wait on purpose. */
  readonly methodTimeoutMs?: Readonly<Record<string, number>>
  /** Silence after which a stream of events says that it is alive. Default: 15,000. */
  readonly heartbeatMs?: number
  /** How long a client may leave a stream unread before it is cut off. Default: 30,000. */
  readonly stallTimeoutMs?: number
  /** Pages of other origins that may call. Default: none. */
  readonly cors?: CorsOptions
  /** Compress answers for callers that accept it. Default: true. */
  readonly compression?: boolean
  /** Serve an OpenAPI 3.1 document of all routes, and a page to try them. Default: neither. */
  readonly openApi?: OpenApiOptions
  /**
   * How etags look inside messages: `quoted` as AIP-154 says, `"abc"`, or `bare`, without the quotes that a header has.
   * Default: quoted.
   */
  readonly etags?: 'quoted' | 'bare'
  /** Ids of events, by full name of the method. Default: numbers from 1. */
  readonly streamPositions?: Readonly<Record<string, StreamPosition>>
  /** Told of every request that the gateway answers, once its last byte is written or its caller has left. Default: nobody. */
  readonly onAnswer?: (answer: AnswerRecord) => void
  /** Told of every error that is answered as "Internal error". Default: nobody. */
  readonly onError?: (error: unknown) => void
}
