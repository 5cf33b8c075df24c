// Answers to requests that do not get as far as the app: google.rpc.Status as JSON, like every error of the API.
import { STATUS_CODES } from 'node:http'
import { ERROR_DOMAIN } from '../api/status.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import type { ErrorReason } from '../../gen/openshift/v1/error_reason.js'

/** Why a request is refused before anybody reads it. */
export interface HttpRefusal {
  readonly httpStatus: number
  readonly code: Code
  readonly reason: ErrorReason
  readonly message: string
}

export const MALFORMED_REQUEST: HttpRefusal = {
  httpStatus: 400,
  code: 'INVALID_ARGUMENT',
  reason: 'MALFORMED_REQUEST',
  message: 'The request is not valid HTTP/1.1',
}
export const EXPECTATION_FAILED: HttpRefusal = {
  httpStatus: 417,
  code: 'INVALID_ARGUMENT',
  reason: 'MALFORMED_REQUEST',
  message: 'The only expectation that can be met is 100-continue',
}
export const REQUEST_TIMEOUT: HttpRefusal = {
  httpStatus: 408,
  code: 'DEADLINE_EXCEEDED',
  reason: 'REQUEST_TIMEOUT',
  message: 'The request did not arrive in time',
}
export const HEADERS_TOO_LARGE: HttpRefusal = {
  httpStatus: 431,
  code: 'RESOURCE_EXHAUSTED',
  reason: 'HEADERS_TOO_LARGE',
  message: 'The headers of the request are too many or too large',
}

/** The headers of a refusal, which ends its connection, and its body. */
export function refusalParts({ code, reason, message }: HttpRefusal): { readonly headers: Record<string, string>; readonly body: string } {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: ERROR_DOMAIN, metadata: {} }]
  const body = JSON.stringify({ code: codeToNumber(code), message, details })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' }
  return { headers, body }
}

/** The whole refusal as it goes over the wire where there is no response to write it with. */
export function refusalText(refusal: HttpRefusal): string {
  const { headers, body } = refusalParts(refusal)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${refusal.httpStatus} ${STATUS_CODES[refusal.httpStatus] ?? ''}\r\n${lines.join('')}\r\n${body}`
}
