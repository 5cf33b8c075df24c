// The only place where errors become google.rpc.Status.
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from '../../gen/google/rpc/error_details.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { packAny } from '../base/any.js'
import { StatusError } from '../base/status-error.js'
import { ERROR_LIMITS } from '../limits.js'
import { TaskError, type ErrorDetails, type Reason } from '../task/task-error.js'

/** `domain` of google.rpc.ErrorInfo in every error. */
export const ERROR_DOMAIN = 'taskplane'

const TASK_TYPE = 'openshift.v1.Task'

/**
 * The status that a caller gets for `error`, at most ERROR_LIMITS.statusBytes large. What is no TaskError is a fault of
 * ours: `report` hears of it, and the caller gets INTERNAL, the name of its call to quote, and nothing of what is inside.
 */
export function toStatus(error: unknown, report: (error: unknown) => void, callId = ''): StatusError {
  if (error instanceof TaskError) return fitting(error, cut(error.message, ERROR_LIMITS.messageLength))
  report(error)
  return toStatus(new TaskError('INTERNAL', 'INTERNAL_FAULT', 'Internal error', { callId }), report)
}

/** Gives up field violations from the end, then every detail but the reason, until the status is small enough. */
function fitting({ code, reason, details }: TaskError, message: string): StatusError {
  for (let kept = details.fieldViolations?.length ?? 0; ; kept = Math.trunc(kept / 2)) {
    const fieldViolations = details.fieldViolations?.slice(0, kept)
    const status = new StatusError(code, message, detailsOf(reason, message, { ...details, ...(fieldViolations && { fieldViolations }) }))
    if (status.details.length <= ERROR_LIMITS.statusBytes) return status
    if (kept === 0) return new StatusError(code, message, detailsOf(reason, message, {}))
  }
}

function detailsOf(reason: Reason, message: string, details: ErrorDetails): Any[] {
  const { metadata = {}, fieldViolations, taskId: subject = '', precondition, retryDelayMs, callId = '' } = details
  const packed = [packAny(ErrorInfo, { reason, domain: ERROR_DOMAIN, metadata })]
  if (fieldViolations !== undefined) packed.push(packAny(BadRequest, { fieldViolations: [...fieldViolations] }))
  if (precondition !== undefined) {
    const violations = [{ type: reason, subject: `${TASK_TYPE}/${subject}`, description: precondition }]
    packed.push(packAny(PreconditionFailure, { violations }))
  } else if (subject !== '') {
    packed.push(packAny(ResourceInfo, { resourceType: TASK_TYPE, resourceName: subject, description: message }))
  }
  if (callId !== '') packed.push(packAny(RequestInfo, { requestId: callId, servingData: '' }))
  if (retryDelayMs !== undefined) packed.push(packAny(RetryInfo, { retryDelay: durationOf(retryDelayMs) }))
  return packed
}

/** At most `length` characters, without splitting one. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function durationOf(milliseconds: number): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: BigInt(Math.trunc(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 }
}
