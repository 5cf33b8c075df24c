// An HTTP/1.1 port with every limit set: Node's own are minutes long or absent.
import { once } from 'node:events'
import { createServer, type ServerOptions, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServerTls } from '../auth/server-tls.js'
import { HTTP_LIMITS } from '../limits.js'
import { headerValues } from './header-values.js'
import { Connections, limitConnections } from './http-connections.js'
import {
  EXPECTATION_FAILED,
  HEADERS_TOO_LARGE,
  MALFORMED_REQUEST,
  refusalParts,
  refusalText,
  REQUEST_TIMEOUT,
  type HttpRefusal,
} from './http-refusal.js'

/** An HTTP server, listening. */
export interface HttpServer {
  readonly port: number
  /** From now on every answer ends its connection, so that clients come back elsewhere. */
  retire(): void
  /** Open connections now. */
  readonly connections: number
  /** Takes no new connections, closes idle ones, and resolves when the last one has closed. */
  drain(): Promise<void>
  /** Ends every connection. */
  close(): void
}

/** The limits of a port; HTTP_LIMITS. */
export type HttpLimits = Readonly<Record<keyof typeof HTTP_LIMITS, number>>

/** How a port is served. */
export interface HttpServerOptions {
  /** Default: HTTP_LIMITS. */
  readonly limits?: HttpLimits
  /** Undefined for none. */
  readonly tls?: ServerTls | undefined
}

/** Listens on `host` and `port` (0 takes any). Rejects when it cannot. */
export async function startHttpServer(
  { host, port }: { readonly host: string; readonly port: number },
  listener: RequestListener,
  { limits = HTTP_LIMITS, tls }: HttpServerOptions = {},
): Promise<HttpServer> {
  let isRetiring = false
  const server = createHttpServer(limits, tls)
  const connections = new Connections(server, tls === undefined ? 'connection' : 'secureConnection', limits)
  const inTurn = connections.inTurn(withSoundHeaders(limits, listener))
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isRetiring) response.shouldKeepAlive = false
    inTurn(request, response)
  })
  // Node would drop the headers beyond its count; they are counted here, and refused.
  server.maxHeadersCount = 0
  limitConnections(server, limits.connections)
  server.on('clientError', refuse)
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => answer(request, response, EXPECTATION_FAILED))
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    retire: () => (isRetiring = true),
    get connections() {
      return connections.count
    },
    drain: () => drain(server, connections),
    close: () => server.closeAllConnections(),
  }
}

function createHttpServer(limits: HttpLimits, tls: ServerTls | undefined): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  }
  if (tls === undefined) return createServer(options)
  const server = createTlsServer({ ...options, ...tls.options })
  tls.follow(server)
  return server
}

async function drain(server: Server, connections: Connections): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  connections.closeIdle()
  await closed
}

/** Refuses what Node lets pass: more headers than the limit, and hosts that a proxy may choose otherwise among (RFC 9112, section 3.2). */
function withSoundHeaders({ headers: limit }: HttpLimits, listener: RequestListener): RequestListener {
  return (request, response) => {
    const { rawHeaders } = request
    if (rawHeaders.length / 2 > limit) answer(request, response, HEADERS_TOO_LARGE)
    else if (headerValues(rawHeaders, 'host').length > 1) answer(request, response, MALFORMED_REQUEST)
    else listener(request, response)
  }
}

function answer(request: IncomingMessage, response: ServerResponse, refusal: HttpRefusal): void {
  const { headers, body } = refusalParts(refusal)
  response.writeHead(refusal.httpStatus, headers).end(body)
  request.resume()
}

const PARSER_REFUSALS: Readonly<Record<string, HttpRefusal>> = {
  HPE_HEADER_OVERFLOW: HEADERS_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
}

/** Answers what is not HTTP: the parser's own words stay inside. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(refusalText(PARSER_REFUSALS[error.code ?? ''] ?? MALFORMED_REQUEST))
}
