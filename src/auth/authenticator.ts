// Who calls: the port between the transports, which know what came with a call, and the ways to tell whom it is from.
import type { X509Certificate } from 'node:crypto'
import type { Soon } from '../base/soon.js'
import type { Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'

/** What came with a call that may tell whom it is from. */
export interface Credentials {
  /** Every value of `Authorization`, a header of HTTP or metadata of gRPC. */
  readonly authorization: readonly string[]
  /** The client certificate that the TLS of the connection has verified; undefined when there is none. */
  certificate(): X509Certificate | undefined
}

/** Tells whom a call is from. */
export interface Authenticator {
  /**
   * Rejects with UNAUTHENTICATED (NOT_AUTHENTICATED), which tells its caller nothing of why, with UNAVAILABLE
   * (IDENTITY_UNAVAILABLE) when that cannot be told at the moment, and with RESOURCE_EXHAUSTED (TOO_MANY_CALLS) when too many ask;
   * throws the same when it can tell at once.
   */
  authenticate(credentials: Credentials): Soon<Caller>
}

/** UNAUTHENTICATED, the same whatever is wrong; `cause` is for our own eyes. */
export function notAuthenticated(cause: unknown): TaskError {
  const message = 'Expected credentials that are accepted here: a bearer token or a client certificate'
  const error = new TaskError('UNAUTHENTICATED', 'NOT_AUTHENTICATED', message)
  error.cause = cause
  return error
}
