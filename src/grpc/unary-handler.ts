// One unary call under grpc-js. Nothing that a handler throws reaches grpc-js: a rejected promise would end the process.
import type { handleUnaryCall } from '@grpc/grpc-js'
import { answerMetadata } from '../api/answer-metadata.js'
import type { ApiUnaryMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import { answerHeaders, endStatus, incomingCall } from './call-end.js'

/** The grpc-js handler of `method`. */
export function unaryHandler(method: ApiUnaryMethod, dispatcher: Dispatcher): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    const incoming = incomingCall(call)
    const headers = answerHeaders(incoming)
    const listeners = answerMetadata((name, value) => headers.set(name, value))
    dispatcher
      .run(method, call.request, { ...incoming, ...listeners })
      .then(
        (response) => {
          call.sendMetadata(headers)
          callback(null, response)
        },
        (error: unknown) => callback(endStatus(error, headers)),
      )
      // The callback is code of grpc-js: what it throws is nobody else's to catch.
      .catch((error: unknown) => dispatcher.fault(error, method))
  }
}
