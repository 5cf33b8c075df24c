// How a call under grpc-js ends when it does not end well.
import { Metadata, status as GrpcCode, type StatusObject } from '@grpc/grpc-js'
import { StatusError } from '../base/status-error.js'

const GRPC_CODES: ReadonlyMap<number, GrpcCode> = new Map(
  Object.values(GrpcCode).flatMap((code) => (typeof code === 'number' ? [[code, code]] : [])),
)

/** The status that ends a call, with its details. `metadata`: what else comes after the answer. */
export function endStatus(error: unknown, metadata = new Metadata()): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const status = error instanceof StatusError ? error : new StatusError('INTERNAL', 'Internal error')
  metadata.set('grpc-status-details-bin', Buffer.from(status.details))
  return { code: GRPC_CODES.get(status.code) ?? GrpcCode.UNKNOWN, details: status.message, metadata }
}
