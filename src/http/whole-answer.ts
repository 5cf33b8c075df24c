// Sends a whole answer, also to a client whose request was not read to its end.
import type { Request, Response } from 'express'
import { hasBody } from '../gateway/http-message.js'
import { linger } from '../gateway/linger.js'

/** What is answered. */
export interface WholeAnswer {
  readonly status: number
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends the answer: without its body to HEAD, and as 304 when `If-None-Match` names its `ETag`. */
export function sendWhole(request: Request, response: Response, { status, contentType, headers = {}, body }: WholeAnswer): void {
  if (response.destroyed) return
  const bytes = Buffer.from(body)
  response.status(status).set({ ...headers, 'X-Content-Type-Options': 'nosniff' })
  // Express would add a charset, which JSON does not have.
  response.setHeader('Content-Type', contentType)
  if (!hasBody(request) || request.complete) {
    response.send(bytes)
    return
  }
  // What is left of the body is dropped, so the connection cannot be used again.
  response.set({ Connection: 'close', 'Content-Length': String(bytes.length) })
  if (request.method !== 'HEAD') response.write(bytes)
  linger(request, () => response.end())
}
