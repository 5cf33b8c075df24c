// One unary call under grpc-js. Nothing that a handler throws reaches grpc-js: a rejected promise would end the process.
import type { handleUnaryCall } from '@grpc/grpc-js'
import type { ApiUnaryMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import { settle } from '../base/soon.js'
import { endStatus } from './end-status.js'
import { GrpcCall } from './grpc-call.js'

/** The grpc-js handler of `method`. */
export function unaryHandler(method: ApiUnaryMethod, dispatcher: Dispatcher): handleUnaryCall<Buffer, Uint8Array> {
  return (call, callback) => {
    const incoming = new GrpcCall(call)
    settle(() => dispatcher.run(method, call.request, incoming), {
      done(response) {
        call.sendMetadata(incoming.headers)
        callback(null, response)
      },
      failed: (error) => callback(endStatus(error, incoming.headers)),
      // The callback is code of grpc-js: what it throws is nobody else's to catch.
      fault: (error) => dispatcher.fault(error, method),
    })
  }
}
