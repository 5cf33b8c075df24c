// The name of a request: read by whoever handles it, and said in its answer.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'

/** Gives `request` a sound `x-request-id`, its own or a new one, and answers it. Whoever answers has to repeat it. */
export function nameRequest(request: IncomingMessage): string {
  const callId = callIdOf(request.headers[CALL_ID_HEADER])
  request.headers[CALL_ID_HEADER] = callId
  return callId
}

/** What `nameRequest` has named a request with these headers. */
export function requestName(headers: IncomingHttpHeaders): string {
  return String(headers[CALL_ID_HEADER])
}
