// Runs one request of a connection at a time, so that a client that sends without waiting gets no more than others.
import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Turn {
  /** The answer to the last request that has come. */
  last: ServerResponse
  /** Requests that wait for the ones before them. */
  waiting: number
}

/** The connections of a port. */
export class RequestTurns {
  private readonly turns = new WeakMap<Socket, Turn>()
  private readonly pipelined: number

  /** `pipelined`: requests that may wait on one connection. */
  constructor(pipelined: number) {
    this.pipelined = pipelined
  }

  /** `listener`, told of a request when those before it on the same connection are answered. */
  inTurn(listener: RequestListener): RequestListener {
    return (request, response) => {
      const before = this.queue(request.socket, response)
      if (before === undefined) listener(request, response)
      else before.once('close', () => this.next(request.socket, () => listener(request, response)))
    }
  }

  /** A connection on which nothing has moved for a while: ends it unless it waits for an answer, and has read those before. */
  stalled(socket: Socket): void {
    const isAnswered = this.turns.get(socket)?.last.writableFinished ?? true
    if (isAnswered || socket.writableLength > 0) socket.destroy()
  }

  /** The answer that has to be over first. */
  private queue(socket: Socket, response: ServerResponse): ServerResponse | undefined {
    const turn = this.turns.get(socket)
    if (turn === undefined) {
      this.turns.set(socket, { last: response, waiting: 0 })
      return undefined
    }
    const before = turn.last
    turn.last = response
    if (before.writableFinished) return undefined
    turn.waiting += 1
    if (turn.waiting > this.pipelined) socket.destroy()
    return before
  }

  private next(socket: Socket, listen: () => void): void {
    const turn = this.turns.get(socket)
    if (turn !== undefined) turn.waiting -= 1
    if (!socket.destroyed) listen()
  }
}
