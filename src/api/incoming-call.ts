// What a transport knows of a call.
import type { Credentials } from '../auth/authenticator.js'
import type { CallOrigin } from './call-observer.js'

/** A call that has come in. */
export interface IncomingCall extends CallOrigin {
  readonly credentials: Credentials
  /** Aborts when the caller leaves. Asked for only by a call that has to wait, so it may be made then. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since 1970; Infinity when it did not say. */
  readonly deadline: number
  /** Hears that whoever polls should come again only after so many milliseconds. */
  readonly onPollAgain?: (ms: number) => void
  /** Hears that the call has recorded work that goes on elsewhere, and the URL of its status monitor. */
  readonly onAccepted?: (monitor: string) => void
}
