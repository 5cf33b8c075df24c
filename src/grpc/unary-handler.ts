// One unary call under grpc-js. Nothing that a handler throws reaches grpc-js: a rejected promise would end the process.
import { Metadata, type handleUnaryCall } from '@grpc/grpc-js'
import { answerMetadata } from '../api/answer-metadata.js'
import type { ApiUnaryMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import { endStatus, incomingCall } from './call-end.js'

/** The grpc-js handler of `method`. */
export function unaryHandler(method: ApiUnaryMethod, dispatcher: Dispatcher): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    const headers = new Metadata()
    const listeners = answerMetadata((name, value) => headers.set(name, value))
    dispatcher
      .run(method, call.request, { ...incomingCall(call), ...listeners })
      .then(
        (response) => {
          call.sendMetadata(headers)
          callback(null, response)
        },
        (error: unknown) => callback(endStatus(error)),
      )
      // The callback is code of grpc-js: what it throws is nobody else's to catch.
      .catch((error: unknown) => dispatcher.fault(error, method))
  }
}
