// An HTTP request as a call: who makes it, and that it ends when its client leaves.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'
import { traceParentOf } from '../api/call-observer.js'
import type { IncomingCall } from '../api/dispatcher.js'
import { requestCredentials } from './request-credentials.js'

/** A call that can be told when to poll again. */
export type HttpCall = Omit<Required<IncomingCall>, 'onPollAgain'> & {
  /** Sets `Retry-After` (RFC 9110, section 10.2.3): whole seconds, rounded up. */
  readonly onPollAgain: (ms: number) => void
}

/** The call of a request that is answered by `response`. */
export function httpCall(request: IncomingMessage, response: ServerResponse): HttpCall {
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return {
    credentials: requestCredentials(request),
    callId: callIdOf(request.headers[CALL_ID_HEADER]),
    traceParent: traceParentOf(request.headers['traceparent'], request.headers['tracestate']),
    signal: left.signal,
    deadline: Infinity,
    onPollAgain: (ms) => response.setHeader('Retry-After', String(Math.ceil(ms / 1000))),
  }
}
