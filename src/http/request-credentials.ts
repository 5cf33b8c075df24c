// What came with an HTTP request that may tell whom it is from.
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Credentials } from '../auth/authenticator.js'
import { headerValues } from './header-values.js'

/** What is used of a request. */
interface AuthenticatedRequest {
  /** Names at even places, values at odd ones, as they came: Node's `headers` keeps only the first of two. */
  readonly rawHeaders: readonly string[]
  readonly socket: Socket
}

/** The credentials of a request, looked for when they are asked for. */
export class RequestCredentials implements Credentials {
  private readonly request: AuthenticatedRequest

  constructor(request: AuthenticatedRequest) {
    this.request = request
  }

  get authorization(): readonly string[] {
    return headerValues(this.request.rawHeaders, 'authorization')
  }

  certificate(): X509Certificate | undefined {
    const { socket } = this.request
    return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined
  }
}
