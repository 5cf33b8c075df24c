// An HTTP/1.1 port with every limit set: Node's own are minutes long or absent.
import { once } from 'node:events'
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
  server.maxHeadersCount = HTTP_LIMITS.headers
  server.maxConnections = HTTP_LIMITS.connections
  server.on('clientError', refuse)
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => drain(server),
    close: () => server.closeAllConnections(),
  }
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
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
