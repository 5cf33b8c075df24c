// The connections of an HTTP server and what each is busy with: a stop closes the others and waits for these, and who sends without
// waiting for answers gets no more than others.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Limits of one connection; of HTTP_LIMITS. */
interface ConnectionLimits {
  /** Requests that may wait on it. */
  readonly pipelined: number
  /** Milliseconds without movement. */
  readonly stallMs: number
}

interface Connection {
  /** The answer to the last request that has come. */
  last: ServerResponse | undefined
  /** Requests that wait for the ones before them. */
  waiting: number
}

/**
 * The connections of a server, each with one request at a time. Node's own closeIdleConnections leaves those alone that have not
 * sent a request yet, and those that become idle after it.
 */
export class Connections {
  private readonly connections = new Map<Socket, Connection>()
  private readonly limits: ConnectionLimits
  private isClosing = false

  /**
   * `event`: what the server says of a connection that requests can come on; handshakes of TLS end by themselves.
   */
  constructor(server: Server, event: 'connection' | 'secureConnection', limits: ConnectionLimits) {
    this.limits = limits
    server.on(event, (socket: Socket) => {
      this.connections.set(socket, { last: undefined, waiting: 0 })
      socket.setTimeout(limits.stallMs)
      socket.once('close', () => this.connections.delete(socket))
    })
    // Without a listener Node closes any connection that is silent for so long, also one that waits for its answer.
    server.on('timeout', (socket: Socket) => this.stalled(socket))
  }

  /** How many there are. */
  get count(): number {
    return this.connections.size
  }

  /** `listener`, told of a request when those before it on the same connection are answered. */
  inTurn(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request
      const connection = this.connections.get(socket)
      // One that has ended, and whose last requests are still being read.
      if (connection === undefined) return
      const before = connection.last
      connection.last = response
      if (this.isClosing) this.closeAfter(socket, response)
      if (before === undefined || before.writableFinished) {
        this.listen(listener, request, response)
        return
      }
      connection.waiting += 1
      if (connection.waiting > this.limits.pipelined) socket.destroy()
      before.once('close', () => {
        connection.waiting -= 1
        if (!socket.destroyed) this.listen(listener, request, response)
      })
    }
  }

  /** Closes every connection that is not busy, now or once it has become so. */
  closeIdle(): void {
    this.isClosing = true
    for (const [socket, { last }] of this.connections) {
      if (last === undefined || last.closed) socket.destroySoon()
      else this.closeAfter(socket, last)
    }
  }

  /** What is answered at once is not waited for; a timer for it would cost as much as the half of reading it. */
  private listen(listener: RequestListener, request: IncomingMessage, response: ServerResponse): void {
    listener(request, response)
    if (!response.writableFinished) request.socket.setTimeout(this.limits.stallMs)
  }

  /** A connection on which nothing has moved for a while: ends it unless it waits for an answer, and has read those before. */
  private stalled(socket: Socket): void {
    const isAnswered = this.connections.get(socket)?.last?.writableFinished ?? true
    if (isAnswered || socket.writableLength > 0) socket.destroy()
  }

  /** Closes a connection when it has its answer, unless it has asked for more. */
  private closeAfter(socket: Socket, response: ServerResponse): void {
    response.once('close', () => {
      if (this.connections.get(socket)?.last === response) socket.destroySoon()
    })
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
