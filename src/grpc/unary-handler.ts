// One unary call under grpc-js. Nothing that a handler throws reaches grpc-js: a rejected promise would end the process.
import { Metadata, type ServerUnaryCall, type handleUnaryCall, status as GrpcCode, type sendUnaryData } from '@grpc/grpc-js'
import type { ApiMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import { ANONYMOUS } from '../auth/anonymous.js'
import { StatusError } from '../base/status-error.js'

const GRPC_CODES: ReadonlyMap<number, GrpcCode> = new Map(
  Object.values(GrpcCode).flatMap((code) => (typeof code === 'number' ? [[code, code]] : [])),
)

/** The grpc-js handler of `method`. */
export function unaryHandler(method: ApiMethod, dispatcher: Dispatcher): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    const left = new AbortController()
    call.on('cancelled', () => left.abort())
    const incoming = { caller: ANONYMOUS, signal: left.signal, deadline: deadlineOf(call) }
    dispatcher.run(method, call.request, incoming).then(
      (response) => callback(null, response),
      (error: unknown) => refuse(callback, error),
    )
  }
}

function deadlineOf(call: ServerUnaryCall<Buffer, Uint8Array>): number {
  const deadline = call.getDeadline()
  return typeof deadline === 'number' ? deadline : deadline.getTime()
}

function refuse(callback: sendUnaryData<Uint8Array>, error: unknown): void {
  const status = error instanceof StatusError ? error : new StatusError('INTERNAL', 'Internal error')
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(status.details))
  callback({ code: GRPC_CODES.get(status.code) ?? GrpcCode.UNKNOWN, details: status.message, metadata })
}
