// A call that failed, with what the server said about it.
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import { BadRequest, ErrorInfo } from '../../gen/google/rpc/error_details.js'
import type { Code } from '../../gen/google/rpc/code.js'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import { Status } from '../../gen/google/rpc/status.js'
import { unpackAny } from '../base/any.js'

/** A field that the server refused. */
export interface RefusedField {
  readonly field: string
  readonly description: string
}

/** The google.rpc.Status of a failed call. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: Code
  /** `reason` of google.rpc.ErrorInfo: one of openshift.v1.ErrorReason; '' when the server did not say. */
  readonly reason: string
  /** google.rpc.BadRequest, when the server sent one. */
  readonly fields: readonly RefusedField[]

  constructor(code: Code, message: string, details: { reason?: string; fields?: readonly RefusedField[] } = {}) {
    super(message)
    this.code = code
    this.reason = details.reason ?? ''
    this.fields = details.fields ?? []
  }

  static from(error: ServiceError): CallError {
    const [encoded] = error.metadata.get('grpc-status-details-bin')
    const details = Buffer.isBuffer(encoded) ? Status.decode(encoded).details : []
    const [info] = details.flatMap((any) => unpackAny(ErrorInfo, any) ?? [])
    const fields = details.flatMap((any) => unpackAny(BadRequest, any)?.fieldViolations ?? [])
    return new CallError(codeFromJSON(grpcStatus[error.code]), error.details, { reason: info?.reason ?? '', fields })
  }
}
