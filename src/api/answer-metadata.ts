// What a caller is told beside an answer, as metadata of gRPC: the gateway makes an HTTP status and headers of it.
import type { IncomingCall } from './dispatcher.js'

/** What listens for it. */
export type AnswerListeners = Required<Pick<IncomingCall, 'onPollAgain' | 'onAccepted'>>

/** Listeners that `set` metadata: `retry-after`; for accepted work `operation-location`, and `x-http-code` with HTTP's status. */
export function answerMetadata(set: (name: string, value: string) => void): AnswerListeners {
  return {
    onPollAgain: (ms) => set('retry-after', retryAfter(ms)),
    onAccepted: (monitor) => {
      set('operation-location', monitor)
      set('x-http-code', String(ACCEPTED))
    },
  }
}

/** The HTTP status of work that is recorded and goes on elsewhere (RFC 9110, section 15.3.3). */
export const ACCEPTED = 202

/** The value of `Retry-After` (RFC 9110, section 10.2.3): whole seconds, rounded up. */
export function retryAfter(ms: number): string {
  return String(Math.ceil(ms / 1000))
}
