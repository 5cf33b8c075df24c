// The only place where errors become google.rpc.Status.
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  ResourceInfo,
  RetryInfo,
} from '../../gen/google/rpc/error_details.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { packAny } from '../base/any.js'
import { StatusError } from '../base/status-error.js'
import { TaskError } from '../task/task-error.js'

/** `domain` of google.rpc.ErrorInfo in every error. */
export const ERROR_DOMAIN = 'taskplane'

const TASK_TYPE = 'openshift.v1.Task'

/**
 * The status that a caller gets for `error`. What is no TaskError is a fault of ours: `report` hears of it, and the caller
 * gets INTERNAL and nothing of what is inside.
 */
export function toStatus(error: unknown, report: (error: unknown) => void): StatusError {
  if (error instanceof TaskError) return new StatusError(error.code, error.message, detailsOf(error))
  report(error)
  return toStatus(new TaskError('INTERNAL', 'INTERNAL_FAULT', 'Internal error'), report)
}

function detailsOf({ reason, message, details }: TaskError): Any[] {
  const { metadata = {}, fieldViolations, taskId: subject = '', precondition, retryDelayMs } = details
  const packed = [packAny(ErrorInfo, { reason, domain: ERROR_DOMAIN, metadata })]
  if (fieldViolations !== undefined) packed.push(packAny(BadRequest, { fieldViolations: [...fieldViolations] }))
  if (precondition !== undefined) {
    const violations = [{ type: reason, subject: `${TASK_TYPE}/${subject}`, description: precondition }]
    packed.push(packAny(PreconditionFailure, { violations }))
  } else if (subject !== '') {
    packed.push(packAny(ResourceInfo, { resourceType: TASK_TYPE, resourceName: subject, description: message }))
  }
  if (retryDelayMs !== undefined) packed.push(packAny(RetryInfo, { retryDelay: durationOf(retryDelayMs) }))
  return packed
}

function durationOf(milliseconds: number): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: BigInt(Math.trunc(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 }
}
