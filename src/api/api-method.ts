// One method of a proto service, free of any transport: encoded request in, encoded answer out.
import type { DescMethod } from '@bufbuild/protobuf'
import { ownSchema } from '../base/proto-json/type-source.js'
import type { Caller } from '../task/caller.js'
import { checkWire, malformed } from './wire-check.js'

/** What a handler knows of the call beside its request. */
export interface CallContext {
  readonly caller: Caller
  /** Ends with the call: the caller left, its deadline passed, or the server stops. */
  readonly signal: AbortSignal
}

/** A unary method. */
export interface ApiMethod {
  readonly descriptor: DescMethod
  /** Answers the encoded response message. Rejects with a TaskError; anything else is a fault of the server. */
  handle(request: Uint8Array, context: CallContext): Promise<Uint8Array>
}

/** What ts-proto generates for a message, as far as it is used here. */
interface Codec<Message> {
  decode(bytes: Uint8Array): Message
}

/** A handler of decoded requests. */
export type Handler<Request> = (request: Request, context: CallContext) => Promise<Uint8Array>

/** Makes a method of the contract out of its name (`openshift.v1.TaskService.GetTask`), request codec and handler. */
export function apiMethod<Request>(name: string, codec: Codec<Request>, handler: Handler<Request>): ApiMethod {
  const descriptor = findMethod(name)
  return {
    descriptor,
    async handle(bytes, context) {
      checkWire(descriptor.input, bytes)
      return handler(decode(codec, descriptor, bytes), context)
    },
  }
}

function decode<Request>(codec: Codec<Request>, { input }: DescMethod, bytes: Uint8Array): Request {
  try {
    return codec.decode(bytes)
  } catch {
    throw malformed(input)
  }
}

function findMethod(name: string): DescMethod {
  const at = name.lastIndexOf('.')
  const method = ownSchema().getService(name.slice(0, at))?.methods.find((candidate) => candidate.name === name.slice(at + 1))
  if (method === undefined) throw new Error(`The contract has no method ${name}`)
  return method
}
