// The name of a request: said in its answer, whoever gives that, and read by whoever handles it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'

/** Gives `request` a sound `x-request-id`, its own or a new one, and its answer the same. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  const callId = callIdOf(request.headers[CALL_ID_HEADER])
  request.headers[CALL_ID_HEADER] = callId
  response.setHeader(CALL_ID_HEADER, callId)
}
