// An HTTP/1.1 port with every limit set: Node's own are minutes long or absent.
import { once } from 'node:events'
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { HTTP_LIMITS } from '../limits.js'

/** An HTTP server, listening. */
export interface HttpServer {
  readonly port: number
  /** Takes no new connections, closes idle ones, and resolves when the last one has closed. */
  drain(): Promise<void>
  /** Ends every connection. */
  close(): void
}

/** Listens on `host` and `port` (0 takes any). Rejects when it cannot. */
export async function startHttpServer(host: string, port: number, listener: RequestListener): Promise<HttpServer> {
  const server = createServer(
    {
      maxHeaderSize: HTTP_LIMITS.headerBytes,
      headersTimeout: HTTP_LIMITS.headersTimeoutMs,
      requestTimeout: HTTP_LIMITS.requestTimeoutMs,
      keepAliveTimeout: HTTP_LIMITS.keepAliveTimeoutMs,
      connectionsCheckingInterval: HTTP_LIMITS.checkIntervalMs,
    },
    listener,
  )
  const connections = new Connections(server)
  server.maxHeadersCount = HTTP_LIMITS.headers
  server.maxConnections = HTTP_LIMITS.connections
  server.on('clientError', refuse)
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => drain(server, connections),
    close: () => server.closeAllConnections(),
  }
}

/**
 * The connections of a server, and the requests that each is busy with. Node's own closeIdleConnections leaves those alone
 * that have not sent a request yet, and those that become idle after it.
 */
class Connections {
  private readonly requests = new Map<Socket, number>()
  private isClosing = false

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.requests.set(socket, 0)
      socket.once('close', () => this.requests.delete(socket))
    })
    server.on('request', ({ socket }, response) => {
      this.count(socket, 1)
      response.once('close', () => this.count(socket, -1))
    })
  }

  /** Closes every connection that is not busy, now or once it has become so. */
  closeIdle(): void {
    this.isClosing = true
    for (const socket of this.requests.keys()) this.count(socket, 0)
  }

  private count(socket: Socket, more: number): void {
    const requests = (this.requests.get(socket) ?? 0) + more
    if (this.requests.has(socket)) this.requests.set(socket, requests)
    if (this.isClosing && requests === 0) socket.destroySoon()
  }
}

async function drain(server: Server, connections: Connections): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  connections.closeIdle()
  await closed
}

const PARSER_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Answers what is not HTTP: the parser's own words stay inside. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = PARSER_STATUS[error.code ?? ''] ?? 400
  const reason = STATUS_CODES[status] ?? ''
  const body = JSON.stringify({ code: 3, message: `The request is not valid HTTP/1.1: ${reason}`, details: [] })
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  )
}
