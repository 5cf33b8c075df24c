// What the gateway uses of a request and an answer: node:http, node:http2 and express all have it.
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** A request that has come in. */
export interface GatewayRequest extends Readable {
  readonly method?: string | undefined
  /** Path and query as they were sent; under a mount point of express, what follows it. */
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
  /** Names at even places and values at odd ones, as they were sent. */
  readonly rawHeaders: readonly string[]
  readonly socket: Socket
  readonly httpVersion: string
  readonly httpVersionMajor: number
  /** Whether all of the body has been read. */
  readonly complete: boolean
}

/** The answer to it. */
export interface GatewayResponse extends Writable {
  readonly statusCode: number
  readonly headersSent: boolean
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  /** Headers after the body; node leaves them out where the connection cannot carry them. */
  addTrailers(trailers: Readonly<Record<string, string>>): unknown
}

/** Whether a request says that it has a body. In HTTP/2 a body need not be announced. */
export function hasBody({ headers, httpVersionMajor }: GatewayRequest): boolean {
  return httpVersionMajor > 1 || headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
