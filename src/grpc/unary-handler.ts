// One unary call under grpc-js. Nothing that a handler throws reaches grpc-js: a rejected promise would end the process.
import type { handleUnaryCall } from '@grpc/grpc-js'
import type { ApiUnaryMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import { endStatus, incomingCall } from './call-end.js'

/** The grpc-js handler of `method`. */
export function unaryHandler(method: ApiUnaryMethod, dispatcher: Dispatcher): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    dispatcher
      .run(method, call.request, incomingCall(call))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(endStatus(error)),
      )
      // grpc-js may refuse to send; the caller has gone then.
      .catch(() => undefined)
  }
}
