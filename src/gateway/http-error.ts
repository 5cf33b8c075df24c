// The gateway's own errors: what a request that no method ever sees is answered with.
import { Code } from '../../gen/google/rpc/code.js'
import { BadRequest, ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { packAny } from '../base/any.js'
import type { FieldFault, JsonFault } from '../base/proto-json/json-fault.js'
import { StatusError } from '../base/status-error.js'

/** Why a request was refused; stands in google.rpc.ErrorInfo and never changes its meaning. */
export type Reason = keyof typeof REASONS

/** Code and HTTP status of each reason. */
const REASONS = {
  UNKNOWN_PATH: [Code.NOT_FOUND, 404],
  METHOD_NOT_ALLOWED: [Code.UNIMPLEMENTED, 405],
  MALFORMED_PATH: [Code.INVALID_ARGUMENT, 400],
  URL_TOO_LONG: [Code.INVALID_ARGUMENT, 414],
  MALFORMED_QUERY: [Code.INVALID_ARGUMENT, 400],
  UNKNOWN_PARAMETER: [Code.INVALID_ARGUMENT, 400],
  INVALID_PARAMETER: [Code.INVALID_ARGUMENT, 400],
  CONFLICTING_VALUES: [Code.INVALID_ARGUMENT, 400],
  MALFORMED_JSON: [Code.INVALID_ARGUMENT, 400],
  JSON_TOO_DEEP: [Code.INVALID_ARGUMENT, 400],
  INVALID_FIELD: [Code.INVALID_ARGUMENT, 400],
  BODY_NOT_ALLOWED: [Code.INVALID_ARGUMENT, 400],
  BODY_TOO_LARGE: [Code.RESOURCE_EXHAUSTED, 413],
  MALFORMED_BODY: [Code.INVALID_ARGUMENT, 400],
  UNSUPPORTED_MEDIA_TYPE: [Code.INVALID_ARGUMENT, 415],
  MALFORMED_HEADER: [Code.INVALID_ARGUMENT, 400],
  CONDITION_NOT_SUPPORTED: [Code.INVALID_ARGUMENT, 400],
  DEADLINE: [Code.DEADLINE_EXCEEDED, 504],
  CALLER_CANCELLED: [Code.CANCELLED, 499],
  INTERNAL_FAULT: [Code.INTERNAL, 500],
} as const

/** An error of the gateway itself. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reason: Reason
  /** The fields, parameters or headers that are wrong; may be empty. */
  readonly faults: readonly FieldFault[]

  constructor(reason: Reason, message: string, faults: readonly FieldFault[] = []) {
    super(message)
    this.reason = reason
    this.faults = faults
  }

  /** The HTTP status that says it best. */
  get httpStatus(): number {
    return REASONS[this.reason][1]
  }

  /** As a status with google.rpc.ErrorInfo of that domain, and google.rpc.BadRequest when fields are named. */
  toStatus(domain: string): StatusError {
    const info = packAny(ErrorInfo, { reason: this.reason, domain })
    const fieldViolations = this.faults.map(({ field, description }) => ({ field, description }))
    const violations = packAny(BadRequest, { fieldViolations })
    return new StatusError(REASONS[this.reason][0], this.message, this.faults.length === 0 ? [info] : [info, violations])
  }
}

/** The path does not take the method of the request. */
export class MethodNotAllowed extends HttpError {
  /** What it takes. */
  readonly allow: readonly string[]

  constructor(allow: readonly string[]) {
    super('METHOD_NOT_ALLOWED', `This path takes ${allow.join(', ')}`)
    this.allow = allow
  }
}

/** What was refused while JSON was read, as an error of the gateway. */
export function fromJsonFault(fault: JsonFault): HttpError {
  if (fault.reason === 'UNPRINTABLE_MESSAGE') return new HttpError('INTERNAL_FAULT', 'The answer cannot be shown as JSON')
  const message =
    fault.reason === 'INVALID_FIELD' ? 'The request has fields that cannot be read' : 'The request body cannot be read as JSON'
  return new HttpError(fault.reason, `${message}: ${fault.message}`, fault.faults)
}
