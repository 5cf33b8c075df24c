// Who may connect to the gRPC port: so many at once, so many from one address, and nobody who stays silent. grpc-js itself
// takes any number of connections, and keeps those that never say a word.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import type { ServerTls } from '../auth/server-tls.js'
import { startPatientTimer } from '../base/patient-timer.js'
import type { GRPC_LIMITS } from '../limits.js'

/** The limits of a gate; part of GRPC_LIMITS. */
export type GateLimits = Readonly<Record<keyof Pick<typeof GRPC_LIMITS, 'connections' | 'connectionsPerAddress' | 'firstBytesMs'>, number>>

/** What every client sends at once: the preface of HTTP/2, and the head of its SETTINGS (RFC 9113, section 3.4). */
const FIRST_BYTES = 24 + 9

/** A listening socket that hands on the connections it lets in. */
export class ConnectionGate {
  private readonly limits: GateLimits
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private readonly perAddress = new Map<string, number>()

  /** With `tls`, `admit` gets connections whose handshake is done. */
  constructor(limits: GateLimits, admit: (socket: Socket) => void, tls?: ServerTls) {
    this.limits = limits
    const listen = (socket: Socket): void => {
      this.expectWords(socket)
      admit(socket)
    }
    const handshakes = tls === undefined ? undefined : tlsServer(tls, listen)
    this.server = createServer((socket) => {
      if (!this.enter(socket)) socket.destroy()
      else if (handshakes === undefined) listen(socket)
      else handshakes.emit('connection', socket)
    })
  }

  /** Listens; resolves with the port. Rejects when it cannot. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    this.server.listen(port, host)
    await once(this.server, 'listening')
    return (this.server.address() as AddressInfo).port
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.sockets.size
  }

  /** Lets nobody in any more. */
  shut(): void {
    this.server.close()
  }

  /** Ends every connection. */
  close(): void {
    this.shut()
    for (const socket of this.sockets) socket.destroy()
  }

  private enter(socket: Socket): boolean {
    // `maxConnections` of Node would have workers hand such a connection to each other for ever.
    if (this.sockets.size >= this.limits.connections) return false
    const address = socket.remoteAddress ?? ''
    const others = this.perAddress.get(address) ?? 0
    if (others >= this.limits.connectionsPerAddress) return false
    this.sockets.add(socket)
    this.perAddress.set(address, others + 1)
    socket.once('close', () => this.leave(socket, address))
    return true
  }

  /** Ends a connection that does not begin with HTTP/2 in time. */
  private expectWords(socket: Socket): void {
    const stop = startPatientTimer(this.limits.firstBytesMs, () => {
      if (socket.bytesRead < FIRST_BYTES) socket.destroy()
    })
    socket.once('close', stop)
  }

  private leave(socket: Socket, address: string): void {
    this.sockets.delete(socket)
    const others = (this.perAddress.get(address) ?? 0) - 1
    if (others > 0) this.perAddress.set(address, others)
    else this.perAddress.delete(address)
  }
}

/** Does the handshakes of connections that are given to it; it never listens itself. */
function tlsServer(tls: ServerTls, listen: (socket: Socket) => void): TlsServer {
  const server = createTlsServer({ ...tls.options, ALPNProtocols: ['h2'] })
  tls.follow(server)
  server.on('secureConnection', (socket) => {
    if (!socket.destroyed) listen(socket)
  })
  return server
}
