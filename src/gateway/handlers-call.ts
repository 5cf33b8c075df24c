// A call to handlers of this process: no network in between, only encoded messages.
import { Code } from '../../gen/google/rpc/code.js'
import { StatusError } from '../base/status-error.js'
import type { Call, CallAnswer, CallContext } from './options.js'

/** What a handler may answer: a message, a stream of them, or either with headers. */
export type HandlerAnswer = Uint8Array | AsyncIterable<Uint8Array> | CallAnswer

/** Handles one method. For a stream of requests `request` is the stream. Throws or rejects with a StatusError. */
export type Handler = (
  request: Uint8Array | AsyncIterable<Uint8Array>,
  context: CallContext,
) => HandlerAnswer | Promise<HandlerAnswer>

/** A call to `handlers`, by full name of the method such as `pkg.Service.Method`. A method without one is UNIMPLEMENTED. */
export function handlersCall(handlers: Readonly<Record<string, Handler>>): Call {
  const byName = new Map(Object.entries(handlers))
  return async (method, request, context) => {
    const handler = byName.get(method.typeName)
    if (handler === undefined) throw new StatusError(Code.UNIMPLEMENTED, `${method.typeName} is not implemented`)
    const answer = await handler(request, context)
    return 'message' in answer || 'json' in answer ? answer : { message: answer }
  }
}
