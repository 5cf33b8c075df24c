// Which connections of an HTTP server are busy, so that a stop closes the others and waits for these.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The connections of a server, and the requests that each is busy with. Node's own closeIdleConnections leaves those alone
 * that have not sent a request yet, and those that become idle after it.
 */
export class Connections {
  private readonly requests = new Map<Socket, number>()
  private isClosing = false

  /** `event`: what the server says of a connection that requests can come on; handshakes of TLS end by themselves. */
  constructor(server: Server, event: 'connection' | 'secureConnection') {
    server.on(event, (socket: Socket) => {
      this.requests.set(socket, 0)
      socket.once('close', () => this.requests.delete(socket))
    })
    server.on('request', ({ socket }, response) => {
      this.add(socket, 1)
      response.once('close', () => this.add(socket, -1))
    })
  }

  /** How many there are. */
  get count(): number {
    return this.requests.size
  }

  /** Closes every connection that is not busy, now or once it has become so. */
  closeIdle(): void {
    this.isClosing = true
    for (const socket of this.requests.keys()) this.add(socket, 0)
  }

  private add(socket: Socket, more: number): void {
    const requests = (this.requests.get(socket) ?? 0) + more
    if (this.requests.has(socket)) this.requests.set(socket, requests)
    if (this.isClosing && requests === 0) socket.destroySoon()
  }
}

/** Ends connections beyond `most` at once. `maxConnections` of Node would have workers hand them to each other for ever. */
export function limitConnections(server: Server, most: number): void {
  let open = 0
  server.on('connection', (socket: Socket) => {
    open += 1
    socket.once('close', () => (open -= 1))
    if (open > most) socket.destroy()
  })
}
