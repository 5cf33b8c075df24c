// The connections of an HTTP server and what each is busy with: a stop closes the others and waits for these, and who sends without
// waiting for answers gets no more than others.
import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The connections of a server, each with one request at a time. Node's own closeIdleConnections leaves those alone that have not
 * sent a request yet, and those that become idle after it.
 */
export class Connections {
  private readonly connections = new Map<Socket, Connection>()
  private readonly pipelined: number
  private isClosing = false

  /**
   * `event`: what the server says of a connection that requests can come on; handshakes of TLS end by themselves. `pipelined`:
   * requests that may wait on one connection.
   */
  constructor(server: Server, event: 'connection' | 'secureConnection', pipelined: number) {
    this.pipelined = pipelined
    server.on(event, (socket: Socket) => {
      this.connections.set(socket, new Connection(socket, (connection) => this.answered(connection)))
      socket.once('close', () => this.connections.delete(socket))
    })
  }

  /** How many there are. */
  get count(): number {
    return this.connections.size
  }

  /** `listener`, told of a request when those before it on the same connection are answered. */
  inTurn(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request
      // One that has ended already, while its last requests were read.
      const connection = this.connections.get(socket)
      if (connection === undefined) return
      const before = connection.take(response)
      if (before === undefined) listener(request, response)
      else if (connection.requests - 1 > this.pipelined) socket.destroy()
      else before.once('close', () => socket.destroyed || listener(request, response))
    }
  }

  /** A connection on which nothing has moved for a while: ends it unless it waits for an answer, and has read those before. */
  stalled(socket: Socket): void {
    const isAnswered = this.connections.get(socket)?.isAnswered ?? true
    if (isAnswered || socket.writableLength > 0) socket.destroy()
  }

  /** Closes every connection that is not busy, now or once it has become so. */
  closeIdle(): void {
    this.isClosing = true
    for (const connection of this.connections.values()) this.answered(connection)
  }

  private answered({ socket, requests }: Connection): void {
    if (this.isClosing && requests === 0) socket.destroySoon()
  }
}

/** One connection. */
class Connection {
  readonly socket: Socket
  /** Requests that have come and are not answered. */
  requests = 0
  /** The answer to the last of them. */
  private last: ServerResponse | undefined
  /** One for all of its answers. */
  private readonly onClose: () => void

  constructor(socket: Socket, onAnswered: (connection: Connection) => void) {
    this.socket = socket
    this.onClose = () => {
      this.requests -= 1
      onAnswered(this)
    }
  }

  /** Whether it waits for nothing. */
  get isAnswered(): boolean {
    return this.last?.writableFinished ?? true
  }

  /** Takes a request that `response` will answer. Answers the response that has to be over before. */
  take(response: ServerResponse): ServerResponse | undefined {
    const before = this.last
    this.last = response
    this.requests += 1
    response.on('close', this.onClose)
    return before?.writableFinished === false ? before : undefined
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
