// A call that failed, with what the server said about it.
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import { BadRequest, ErrorInfo, RetryInfo } from '../../gen/google/rpc/error_details.js'
import type { Code } from '../../gen/google/rpc/code.js'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import { Status } from '../../gen/google/rpc/status.js'
import { unpackAny } from '../base/any.js'

/** A field that the server refused. */
export interface RefusedField {
  readonly field: string
  readonly description: string
}

interface CallErrorDetails {
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly fields?: readonly RefusedField[]
  readonly retryDelayMs?: number
}

/** The google.rpc.Status of a failed call. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: Code
  /** `reason` of google.rpc.ErrorInfo: one of openshift.v1.ErrorReason; '' when the server did not say. */
  readonly reason: string
  /** `metadata` of google.rpc.ErrorInfo, such as the `status` that does not allow what was asked. */
  readonly metadata: Readonly<Record<string, string>>
  /** google.rpc.BadRequest, when the server sent one. */
  readonly fields: readonly RefusedField[]
  /** google.rpc.RetryInfo: milliseconds to wait before another try; 0 when the server did not say. */
  readonly retryDelayMs: number

  constructor(code: Code, message: string, details: CallErrorDetails = {}) {
    super(message)
    this.code = code
    this.reason = details.reason ?? ''
    this.metadata = details.metadata ?? {}
    this.fields = details.fields ?? []
    this.retryDelayMs = details.retryDelayMs ?? 0
  }

  static from(error: ServiceError): CallError {
    const [encoded] = error.metadata.get('grpc-status-details-bin')
    const details = Buffer.isBuffer(encoded) ? Status.decode(encoded).details : []
    const [info] = details.flatMap((any) => unpackAny(ErrorInfo, any) ?? [])
    const fields = details.flatMap((any) => unpackAny(BadRequest, any)?.fieldViolations ?? [])
    const [delay] = details.flatMap((any) => unpackAny(RetryInfo, any)?.retryDelay ?? [])
    return new CallError(codeFromJSON(grpcStatus[error.code]), error.details, {
      reason: info?.reason ?? '',
      metadata: info?.metadata ?? {},
      fields,
      retryDelayMs: delay === undefined ? 0 : Number(delay.seconds) * 1000 + delay.nanos / 1_000_000,
    })
  }
}
