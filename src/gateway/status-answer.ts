// Errors to google.rpc.Status: whatever a call rejects with becomes a code, an HTTP status and an encoded status.
import { RetryInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { HttpError } from './http-error.js'

/** An error as it is answered. */
export interface StatusAnswer {
  readonly httpStatus: number
  /** Number of google.rpc.Code. */
  readonly code: number
  /** Encoded google.rpc.Status. */
  readonly status: Uint8Array
}

/** HTTP status of each google.rpc.Code. Source: the comments of google/rpc/code.proto. */
const HTTP_STATUS: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/** The HTTP status of a google.rpc.Code; 500 for a number that is none. */
function httpStatusOf(code: number): number {
  return HTTP_STATUS[code] ?? 500
}

/**
 * The answer to an error. Status errors, and objects of the shape `{ code, message, details?: Uint8Array }`, say what they
 * are; anything else is reported and leaves as "Internal error".
 */
export function answerOf(error: unknown, domain: string, report: (error: unknown) => void): StatusAnswer {
  if (error instanceof HttpError) {
    const status = error.toStatus(domain)
    return { httpStatus: error.httpStatus, code: status.code, status: status.details }
  }
  const known = knownStatus(error)
  if (known !== undefined) return { httpStatus: httpStatusOf(known.code), ...known }
  report(error)
  return answerOf(new HttpError('INTERNAL_FAULT', 'Internal error'), domain, report)
}

/** Whole seconds after which google.rpc.RetryInfo says to try again; undefined when it does not say. */
export function retryAfter(status: Uint8Array): number | undefined {
  const detail = decoded(status)?.details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.RetryInfo'))
  try {
    const delay = detail && RetryInfo.decode(detail.value).retryDelay
    return delay && Math.max(0, Number(delay.seconds) + Math.ceil(delay.nanos / 1e9))
  } catch {
    return undefined
  }
}

function knownStatus(error: unknown): { code: number; status: Uint8Array } | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined
  const { code, message } = error
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 1 || code > 16 || typeof message !== 'string')
    return undefined
  const details = 'details' in error && error.details instanceof Uint8Array ? decoded(error.details) : undefined
  return { code, status: Status.encode({ code, message: details?.message ?? message, details: details?.details ?? [] }).finish() }
}

function decoded(bytes: Uint8Array): Status | undefined {
  try {
    return Status.decode(bytes)
  } catch {
    return undefined
  }
}
