// Writes a whole JSON answer of a face beside the gateway.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasBody } from '../gateway/http-message.js'
import { linger } from '../gateway/linger.js'

/** An answer. */
export interface JsonAnswer {
  readonly httpStatus: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers a request; HEAD gets everything but the body. A request body that nobody has read ends the connection. */
export function answerJson(request: IncomingMessage, response: ServerResponse, { httpStatus, body, headers = {} }: JsonAnswer): void {
  if (response.destroyed) return
  const text = JSON.stringify(body)
  const isUnread = hasBody(request) && !request.complete
  response.writeHead(httpStatus, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...(isUnread && { connection: 'close' }),
    ...headers,
  })
  const shown = request.method === 'HEAD' ? '' : text
  if (!isUnread) {
    response.end(shown)
    return
  }
  response.write(shown)
  linger(request, () => response.end())
}
