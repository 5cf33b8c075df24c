// Errors in the shape of the jobs API.
import { STATUS_CODES } from 'node:http'
import { BadRequest } from '../../../gen/google/rpc/error_details.js'
import { Code, codeToNumber } from '../../../gen/google/rpc/code.js'
import { Status } from '../../../gen/google/rpc/status.js'
import { ERROR_DOMAIN } from '../../api/status.js'
import { unpackAny } from '../../base/any.js'
import { answerOf, retryAfter } from '../../gateway/status-answer.js'
import { errorEnvelope, type Envelope } from './envelope.js'

/** Titles of the statuses that the API documents; the others have those of HTTP. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Invalid Request',
  401: 'Unauthorized Request',
  403: 'Forbidden Request',
  404: 'Resource Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  500: 'Internal Server Error',
}

/** Codes whose usual HTTP status this API does not have. Each says that the request does not fit what there is. */
const PRECONDITIONS: ReadonlySet<number> = new Set([Code.FAILED_PRECONDITION, Code.ABORTED, Code.ALREADY_EXISTS].map(codeToNumber))

/** An answer of the jobs API; its HTTP status stands in the body too. */
export interface NseAnswer {
  readonly body: Envelope
  readonly headers: Readonly<Record<string, string>>
}

/** The answer to a request that threw `error`. `report` hears of what callers are told nothing about. */
export function errorAnswer(error: unknown, report: (error: unknown) => void): NseAnswer {
  const { code, httpStatus: usual, status } = answerOf(error, ERROR_DOMAIN, report)
  const httpStatus = PRECONDITIONS.has(code) ? 412 : usual
  const delay = retryAfter(status)
  const title = TITLES[httpStatus] ?? STATUS_CODES[httpStatus] ?? 'Request Failed'
  return {
    body: errorEnvelope(httpStatus, `${title}.`, verboseMessage(Status.decode(status))),
    headers: {
      ...(delay !== undefined && { 'Retry-After': String(delay) }),
      ...(httpStatus === 401 && { 'WWW-Authenticate': 'Bearer' }),
    },
  }
}

/** Every field that is wrong, when there are several; messages name the first one. */
function verboseMessage({ message, details }: Status): string {
  const violations = details.flatMap((detail) => unpackAny(BadRequest, detail)?.fieldViolations ?? [])
  if (violations.length < 2) return message
  return violations.map(({ field, description }) => (field === '' ? description : `${field}: ${description}`)).join('; ')
}
