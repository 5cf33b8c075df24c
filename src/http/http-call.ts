// An HTTP request as a call: who makes it, and that it ends when its client leaves.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ACCEPTED, retryAfter } from '../api/answer-metadata.js'
import { traceParentOf } from '../api/call-observer.js'
import type { IncomingCall } from '../api/incoming-call.js'
import { RequestCredentials } from './request-credentials.js'
import { requestName } from './request-id.js'

/** A call whose answer says when to poll again, in `Retry-After`, and where, in `Operation-Location` of a 202. */
export type HttpCall = Required<IncomingCall>

/** The call of a request that is answered by `response`. */
export function httpCall(request: IncomingMessage, response: ServerResponse): HttpCall {
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return {
    credentials: new RequestCredentials(request),
    callId: requestName(request.headers),
    traceParent: traceParentOf(request.headers['traceparent'], request.headers['tracestate']),
    signal: left.signal,
    deadline: Infinity,
    onPollAgain: (ms) => response.setHeader('Retry-After', retryAfter(ms)),
    onAccepted: (monitor) => {
      response.statusCode = ACCEPTED
      response.setHeader('Operation-Location', monitor)
    },
  }
}
