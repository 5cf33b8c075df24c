// One method of a proto service, free of any transport: encoded request in, encoded answers out.
import type { DescMethod } from '@bufbuild/protobuf'
import type { Soon } from '../base/soon.js'
import { ownSchema } from '../base/proto-json/type-source.js'
import type { Caller } from '../task/caller.js'
import { accessRule, type Access } from './authorization.js'
import type { Operation } from './operation.js'
import { RememberedRequests } from './remembered-requests.js'
import { checkWire, malformed } from './wire-check.js'

/** What a handler knows of the call beside its request. */
export interface CallContext {
  readonly caller: Caller
  /** Ends with the call: the caller left, its deadline passed, or the server stops. Made when it is asked for. */
  readonly signal: AbortSignal
  /** When the caller was known, in milliseconds of `performance.now()`. */
  readonly enteredAt: number
  /** When the call ends, in milliseconds since 1970; Infinity for a stream without a deadline. */
  readonly deadline: number
  /** Says that whoever polls with this method should come again only after so many milliseconds. */
  pollAgain(ms: number): void
  /** Says that the call has recorded work that goes on elsewhere, and the URL of its status monitor. */
  accepted(monitor: string): void
  /** How much of what the server can do at once it does, 0 to 1; a call counts once it has to wait. */
  readonly load: number
}

/** A request that has been read: what it asks of its caller, and its answer. */
export interface ApiRequest<Answer> {
  readonly access: Access
  /** To be called once the caller is known to have `access`. */
  answer(context: CallContext): Answer
  /** The same as JSON, where that costs less than to print the message. `ifNoneMatch`: the condition of the request. */
  json?(context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer>
}

/** A request of a unary method. Answers any number of calls. */
export type UnaryRequest = ApiRequest<Soon<Uint8Array>>

/** An answer as JSON. */
export interface JsonAnswer {
  /** The text, or its bytes in UTF-8; undefined when the caller has it already. */
  readonly json: string | Uint8Array | undefined
  /** Its entity tag, with quotes; undefined when it has none. */
  readonly etag: string | undefined
}

/** A unary method. */
export interface ApiUnaryMethod extends Operation {
  readonly kind: 'unary'
  readonly descriptor: DescMethod
  /**
   * Reads an encoded request. Throws INVALID_ARGUMENT. The answer is the encoded response message; it rejects with a
   * TaskError, and anything else is a fault of the server.
   */
  read(request: Uint8Array): UnaryRequest
}

/** A method that answers a stream. */
export interface ApiStreamMethod extends Operation {
  readonly kind: 'stream'
  readonly descriptor: DescMethod
  /** The same with encoded response messages, made as they are taken. */
  read(request: Uint8Array): ApiRequest<AsyncGenerator<Uint8Array>>
}

/** A method of either kind. */
export type ApiMethod = ApiUnaryMethod | ApiStreamMethod

/** What ts-proto generates for a message, as far as it is used here. */
interface Codec<Message> {
  decode(bytes: Uint8Array): Message
}

/**
 * Makes a method of the contract out of its name (`openshift.v1.TaskService.GetTask`), request codec and handler. Calls that ask the
 * same may share a request, so a handler changes nothing of it.
 */
export function apiMethod<Request>(
  name: string,
  codec: Codec<Request>,
  handler: (request: Request, context: CallContext) => Soon<Uint8Array>,
): ApiUnaryMethod {
  const descriptor = findMethod(name)
  return { kind: 'unary', descriptor, ...operationOf(descriptor), read: reading(descriptor, codec, handler) }
}

/** The answers to a request of a method that there are as messages and as JSON. */
export interface ReadyAnswers {
  message(context: CallContext): Soon<Uint8Array>
  json(context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer>
}

/** A request whose answers are prepared when the first is asked for: only then is its caller known to have a right to them. */
class PreparedRequest<Request> implements UnaryRequest {
  readonly access: Access
  private readonly request: Request
  private readonly prepare: (request: Request) => ReadyAnswers
  private prepared: ReadyAnswers | undefined

  constructor(access: Access, request: Request, prepare: (request: Request) => ReadyAnswers) {
    this.access = access
    this.request = request
    this.prepare = prepare
  }

  answer(context: CallContext): Soon<Uint8Array> {
    return this.answers.message(context)
  }

  json(context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer> {
    return this.answers.json(context, ifNoneMatch)
  }

  private get answers(): ReadyAnswers {
    this.prepared ??= this.prepare(this.request)
    return this.prepared
  }
}

/** The same for such a method. `prepare` is asked once for requests that are the same, soon after each other; it may throw as a handler. */
export function readyMethod<Request>(name: string, codec: Codec<Request>, prepare: (request: Request) => ReadyAnswers): ApiUnaryMethod {
  const descriptor = findMethod(name)
  const requestOf = decoder(descriptor, codec)
  const accessOf = accessRule(descriptor)
  const remembered = new RememberedRequests<UnaryRequest>()
  const read = (bytes: Uint8Array): UnaryRequest => {
    const request = requestOf(bytes)
    return new PreparedRequest(accessOf(request), request, prepare)
  }
  return { kind: 'unary', descriptor, ...operationOf(descriptor), read: (bytes) => remembered.get(bytes, read) }
}

/** The same for a method that waits for something to happen. */
export function waitMethod<Request>(
  name: string,
  codec: Codec<Request>,
  handler: (request: Request, context: CallContext) => Soon<Uint8Array>,
): ApiUnaryMethod {
  return { ...apiMethod(name, codec, handler), waits: true }
}

/** The same for a method that answers a stream. */
export function streamMethod<Request>(
  name: string,
  codec: Codec<Request>,
  handler: (request: Request, context: CallContext) => AsyncGenerator<Uint8Array>,
): ApiStreamMethod {
  const descriptor = findMethod(name)
  return { kind: 'stream', descriptor, ...operationOf(descriptor), waits: true, read: reading(descriptor, codec, handler) }
}

function reading<Request, Answer>(
  descriptor: DescMethod,
  codec: Codec<Request>,
  handler: (request: Request, context: CallContext) => Answer,
): (bytes: Uint8Array) => ApiRequest<Answer> {
  const requestOf = decoder(descriptor, codec)
  const accessOf = accessRule(descriptor)
  return (bytes) => {
    const request = requestOf(bytes)
    return { access: accessOf(request), answer: (context) => handler(request, context) }
  }
}

function decoder<Request>({ input }: DescMethod, codec: Codec<Request>): (bytes: Uint8Array) => Request {
  return (bytes) => {
    checkWire(input, bytes)
    try {
      return codec.decode(bytes)
    } catch {
      throw malformed(input)
    }
  }
}

/** By its name, as the AIPs give them (AIP-131, AIP-132): upstream contracts do not say which methods have no effects. */
function operationOf({ parent, name }: DescMethod): Operation {
  return { name: `${parent.typeName}/${name}`, waits: false, writes: !/^(?:Get|List|Count|Wait|Watch)/.test(name) }
}

function findMethod(name: string): DescMethod {
  const at = name.lastIndexOf('.')
  const method = ownSchema().getService(name.slice(0, at))?.methods.find((candidate) => candidate.name === name.slice(at + 1))
  if (method === undefined) throw new Error(`The contract has no method ${name}`)
  return method
}
