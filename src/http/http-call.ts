// An HTTP request as a call: who makes it, and that it ends when its client leaves.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'
import { traceParentOf } from '../api/call-observer.js'
import type { IncomingCall } from '../api/dispatcher.js'
import { ANONYMOUS } from '../auth/anonymous.js'

/** A call that can be told when to poll again. */
export type HttpCall = Omit<Required<IncomingCall>, 'onPollAgain'> & {
  /** Sets `Retry-After` (RFC 9110, section 10.2.3): whole seconds, rounded up. */
  readonly onPollAgain: (ms: number) => void
}

/** The call of a request that is answered by `response`. */
export function httpCall({ headers }: IncomingMessage, response: ServerResponse): HttpCall {
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return {
    caller: ANONYMOUS,
    callId: callIdOf(headers[CALL_ID_HEADER]),
    traceParent: traceParentOf(headers['traceparent'], headers['tracestate']),
    signal: left.signal,
    deadline: Infinity,
    onPollAgain: (ms) => response.setHeader('Retry-After', String(Math.ceil(ms / 1000))),
  }
}
