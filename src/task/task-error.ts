// The one error of the domain: what went wrong, in the words of google.rpc and of openshift.v1.ErrorReason.
import type { Code } from '../../gen/google/rpc/code.js'
import type { ErrorReason } from '../../gen/openshift/v1/error_reason.js'
import { Refusal } from '../base/refusal.js'

/** The codes that the domain gives. */
export type ErrorCode = Exclude<Code, 'OK' | 'UNRECOGNIZED'>

/** A reason as published in `openshift/v1/error_reason.proto`. */
export type Reason = Exclude<ErrorReason, 'ERROR_REASON_UNSPECIFIED' | 'UNRECOGNIZED'>

/** One field that breaks its rule. */
export interface FieldViolation {
  /** Path in the request message, in proto names: `task.labels.env`. */
  readonly field: string
  /** What is wrong and what was expected. */
  readonly description: string
}

/** Plain data beside code and message; becomes the standard detail messages of google.rpc. */
export interface ErrorDetails {
  /** google.rpc.ErrorInfo.metadata. */
  readonly metadata?: Readonly<Record<string, string>>
  /** google.rpc.BadRequest. */
  readonly fieldViolations?: readonly FieldViolation[]
  /** google.rpc.ResourceInfo of a task: its id. */
  readonly taskId?: string
  /** google.rpc.PreconditionFailure: what stands in the way of the task with `taskId`. */
  readonly precondition?: string
  /** google.rpc.RequestInfo: what the call is named in our log. */
  readonly callId?: string
  /** google.rpc.RetryInfo, in milliseconds. */
  readonly retryDelayMs?: number
}

/** A TaskError as plain data: what crosses from one thread to another. */
export interface TaskErrorData {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly message: string
  readonly details: ErrorDetails
}

/** A refusal or failure with a code, a stable reason and a message for the caller. */
export class TaskError extends Refusal {
  override readonly name = 'TaskError'
  readonly code: ErrorCode
  readonly reason: Reason
  readonly details: ErrorDetails

  constructor(code: ErrorCode, reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  static fromData(data: TaskErrorData): TaskError {
    return new TaskError(data.code, data.reason, data.message, data.details)
  }

  toData(): TaskErrorData {
    return { code: this.code, reason: this.reason, message: this.message, details: this.details }
  }
}

/** NOT_FOUND: the same for a task that does not exist and for one of another tenant. */
export function taskNotFound(taskId: string): TaskError {
  return new TaskError('NOT_FOUND', 'TASK_NOT_FOUND', `Task ${taskId} was not found`, { taskId })
}
