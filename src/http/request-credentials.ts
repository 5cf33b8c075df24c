// What came with an HTTP request that may tell whom it is from.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Credentials } from '../auth/authenticator.js'

/** What is used of a request. */
interface AuthenticatedRequest {
  /** Names at even places, values at odd ones, as they came: Node's `headers` keeps only the first of two. */
  readonly rawHeaders: readonly string[]
  readonly socket: Socket
}

/** The credentials of a request. */
export function requestCredentials({ rawHeaders, socket }: AuthenticatedRequest): Credentials {
  return {
    authorization: rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'authorization' && index % 2 === 1),
    certificate: () => (socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined),
  }
}
