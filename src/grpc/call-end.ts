// What a call under grpc-js and the dispatcher have to tell each other: who calls, until when, and how it ended.
import { Metadata, status as GrpcCode, type ServerUnaryCall, type ServerWritableStream, type StatusObject } from '@grpc/grpc-js'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'
import { traceParentOf } from '../api/call-observer.js'
import type { IncomingCall } from '../api/dispatcher.js'
import { callCredentials } from './call-credentials.js'
import { StatusError } from '../base/status-error.js'

const GRPC_CODES: ReadonlyMap<number, GrpcCode> = new Map(
  Object.values(GrpcCode).flatMap((code) => (typeof code === 'number' ? [[code, code]] : [])),
)

/** Why the signal of a call ends. */
const LEFT = 'The caller has left'

/** What the dispatcher has to know of a call. */
export function incomingCall(call: ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>): IncomingCall {
  const left = new AbortController()
  // grpc-js says so at the end of every call; without a reason an error would be made each time.
  call.on('cancelled', () => left.abort(LEFT))
  const deadline = call.getDeadline()
  const { metadata } = call
  return {
    credentials: callCredentials(call),
    callId: callIdOf(metadata.get(CALL_ID_HEADER)[0]),
    traceParent: traceParentOf(metadata.get('traceparent')[0], metadata.get('tracestate')[0]),
    signal: left.signal,
    deadline: typeof deadline === 'number' ? deadline : deadline.getTime(),
  }
}

/** What an answer begins with: the name of its call. */
export function answerHeaders({ callId }: IncomingCall): Metadata {
  const headers = new Metadata()
  headers.set(CALL_ID_HEADER, callId)
  return headers
}

/** The status that ends a call, with its details. `metadata`: what else comes after the answer. */
export function endStatus(error: unknown, metadata = new Metadata()): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const status = error instanceof StatusError ? error : new StatusError('INTERNAL', 'Internal error')
  metadata.set('grpc-status-details-bin', Buffer.from(status.details))
  return { code: GRPC_CODES.get(status.code) ?? GrpcCode.UNKNOWN, details: status.message, metadata }
}
