// Errors of Astra: problem details (RFC 9457) with a type, title and status of their own for each kind.
import { STATUS_CODES } from 'node:http'
import { codeFromJSON, type Code } from '../../../gen/google/rpc/code.js'
import type { StatusError } from '../../base/status-error.js'
import { retryAfter } from '../../gateway/status-answer.js'
import { CALL_LIMITS } from '../../limits.js'
import type { InvalidParam } from './invalid-params.js'

interface ProblemKind {
  /** Ends the type; undefined where the document has no type for it. */
  readonly number: number | undefined
  readonly status: number
  readonly title: string
  readonly detail: string
}

/** Every kind of problem. Numbers and titles are those of the document; what HTTP alone has a name for is `about:blank`. */
export const PROBLEMS = {
  resourceNotFound: kind(1, 404, 'Resource not found', "The resource specified in the request URI wasn't found."),
  collectionNotFound: kind(2, 404, 'Collection not found', "The collection specified in the request URI wasn't found."),
  missingToken: kind(3, 401, 'Missing bearer token', 'The request is missing the required bearer token.'),
  invalidToken: kind(4, 401, 'Invalid bearer token', 'The bearer token of the request is not valid.'),
  invalidParameters: kind(5, 400, 'Invalid query parameters', 'The supplied query parameters are invalid.'),
  unsupportedParameters: kind(6, 400, 'Query parameters not supported', 'The supplied query parameters are not supported here.'),
  invalidPayload: kind(7, 400, 'Invalid JSON payload', 'The body of the request is not valid JSON.'),
  notPermitted: kind(11, 403, 'Operation not permitted', "The requested operation isn't permitted."),
  invalidHeaders: kind(12, 400, 'Invalid headers', 'The headers of the request are not valid.'),
  notAcceptable: kind(32, 406, 'Unsupported content type', 'None of the accepted media types can be served.'),
  invalidAccount: kind(33, 400, 'Invalid account ID', 'An account ID is a lower-case UUID of version 4 or 5.'),
  internal: kind(34, 500, 'Internal server error', 'The request could not be served because of a fault of the server.'),
  invalidResource: kind(35, 400, 'Invalid resource ID', 'A resource ID is a lower-case UUID of version 4 or 5.'),
  notReady: kind(41, 503, 'Service not ready', 'The service cannot serve the request now; try again.'),
  methodNotAllowed: kind(69, 405, 'Method not allowed', 'This URI takes GET and HEAD.'),
  bodyTooLarge: kind(undefined, 413, STATUS_CODES[413] ?? '', 'The body of the request is too large.'),
  uriTooLong: kind(undefined, 414, STATUS_CODES[414] ?? '', 'The URI of the request is too long.'),
} as const satisfies Record<string, ProblemKind>

/** The name of a kind of problem. */
export type ProblemName = keyof typeof PROBLEMS

/** The body of an error: `application/problem+json`. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly detail: string
  readonly status: string
  readonly invalidParams?: readonly InvalidParam[]
  readonly correlationID: string
}

/** A request that is answered with a problem. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly kind: ProblemKind
  readonly invalidParams: readonly InvalidParam[]
  /** Headers beside the body. */
  readonly headers: Readonly<Record<string, string>>

  constructor(name: ProblemName, { invalidParams = [], headers = {} }: Partial<Pick<Problem, 'invalidParams' | 'headers'>> = {}) {
    const problem = PROBLEMS[name]
    super(problem.title)
    this.kind = problem
    this.invalidParams = invalidParams
    this.headers = headers
  }

  /** The body; `correlationID` is what the call is named in our log. */
  body(correlationID: string): ProblemBody {
    const { number, status, title, detail } = this.kind
    return {
      type: number === undefined ? 'about:blank' : `https://astra.netapp.io/problems/${number}`,
      title,
      detail,
      status: String(status),
      ...(this.invalidParams.length === 0 ? {} : { invalidParams: this.invalidParams }),
      correlationID,
    }
  }
}

/** Kinds of problem by code. What has none is a fault of ours, for a read that was understood cannot fail otherwise. */
const BY_CODE: Partial<Record<Code, ProblemName>> = {
  NOT_FOUND: 'resourceNotFound',
  UNAUTHENTICATED: 'invalidToken',
  PERMISSION_DENIED: 'notPermitted',
  UNAVAILABLE: 'notReady',
  // The document has no answer for one client that asks too much: it is told when to come again.
  RESOURCE_EXHAUSTED: 'notReady',
  DEADLINE_EXCEEDED: 'notReady',
  CANCELLED: 'notReady',
}

/** What of a request decides how an error is told. */
export interface Asked {
  /** Whether it is for a list. */
  readonly isCollection: boolean
  /** Whether it has an `Authorization`. */
  readonly hasToken: boolean
}

/** The problem that says what `error` says. */
export function problemOf(error: StatusError, { isCollection, hasToken }: Asked): Problem {
  const name = BY_CODE[codeFromJSON(error.code)] ?? 'internal'
  if (name === 'resourceNotFound' && isCollection) return new Problem('collectionNotFound')
  if (name === 'invalidToken') return new Problem(hasToken ? name : 'missingToken', { headers: { 'WWW-Authenticate': 'Bearer' } })
  if (name !== 'notReady') return new Problem(name)
  const seconds = retryAfter(error.details) ?? Math.ceil(CALL_LIMITS.retryDelayMs / 1000)
  return new Problem(name, { headers: { 'Retry-After': String(seconds) } })
}

function kind(number: number | undefined, status: number, title: string, detail: string): ProblemKind {
  return { number, status, title, detail }
}
