// What came with an HTTP request that may tell whom it is from.
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

/** The credentials of a request. */
export function requestCredentials({ rawHeaders, socket }: AuthenticatedRequest): Credentials {
  return {
    authorization: headerValues(rawHeaders, 'authorization'),
    certificate: () => (socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined),
  }
}
