// What a failed gRPC call says in google.rpc.ErrorInfo.
import { status, type ServiceError } from '@grpc/grpc-js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { unpackAny } from '../../src/base/any.js'

/** Code and ErrorInfo of an error. */
export interface FailedCall {
  readonly code: string | undefined
  readonly reason: string | undefined
  readonly metadata: Readonly<Record<string, string>> | undefined
}

export function errorInfo({ code, metadata: trailers }: ServiceError): FailedCall {
  const [encoded] = trailers.get('grpc-status-details-bin')
  const details = Buffer.isBuffer(encoded) ? Status.decode(encoded).details : []
  const [info] = details.flatMap((any) => unpackAny(ErrorInfo, any) ?? [])
  return { code: status[code], reason: info?.reason, metadata: info?.metadata }
}
