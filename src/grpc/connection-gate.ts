// Who may connect to the gRPC port: so many at once, so many from one address, and nobody who stays silent. grpc-js itself
// takes any number of connections, and keeps those that never say a word.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
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

  constructor(limits: GateLimits, admit: (socket: Socket) => void) {
    this.limits = limits
    this.server = createServer((socket) => {
      if (this.enter(socket)) admit(socket)
      else socket.destroy()
    })
    this.server.maxConnections = limits.connections
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
    const address = socket.remoteAddress ?? ''
    const others = this.perAddress.get(address) ?? 0
    if (others >= this.limits.connectionsPerAddress) return false
    this.sockets.add(socket)
    this.perAddress.set(address, others + 1)
    const timer = setTimeout(() => {
      if (socket.bytesRead < FIRST_BYTES) socket.destroy()
    }, this.limits.firstBytesMs)
    socket.once('close', () => {
      clearTimeout(timer)
      this.leave(socket, address)
    })
    return true
  }

  private leave(socket: Socket, address: string): void {
    this.sockets.delete(socket)
    const others = (this.perAddress.get(address) ?? 0) - 1
    if (others > 0) this.perAddress.set(address, others)
    else this.perAddress.delete(address)
  }
}
