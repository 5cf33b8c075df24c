// What a call under grpc-js and the dispatcher have to tell each other: who calls, until when, and how it ended.
import { Metadata, status as GrpcCode, type ServerUnaryCall, type ServerWritableStream, type StatusObject } from '@grpc/grpc-js'
import type { IncomingCall } from '../api/dispatcher.js'
import { callCredentials } from './call-credentials.js'
import { StatusError } from '../base/status-error.js'

const GRPC_CODES: ReadonlyMap<number, GrpcCode> = new Map(
  Object.values(GrpcCode).flatMap((code) => (typeof code === 'number' ? [[code, code]] : [])),
)

/** What the dispatcher has to know of a call. */
export function incomingCall(call: ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>): IncomingCall {
  const left = new AbortController()
  call.on('cancelled', () => left.abort())
  const deadline = call.getDeadline()
  return { credentials: callCredentials(call), signal: left.signal, deadline: typeof deadline === 'number' ? deadline : deadline.getTime() }
}

/** The status that ends a call, with its details. */
export function endStatus(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const status = error instanceof StatusError ? error : new StatusError('INTERNAL', 'Internal error')
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(status.details))
  return { code: GRPC_CODES.get(status.code) ?? GrpcCode.UNKNOWN, details: status.message, metadata }
}
