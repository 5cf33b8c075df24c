// A call over a grpc-js channel: encoded messages in and out, whatever the server is written in.
import { once } from 'node:events'
import { Metadata as GrpcMetadata, status } from '@grpc/grpc-js'
import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientWritableStream,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js'
import type { Metadata } from './metadata.js'
import type { Call, CallAnswer, CallContext } from './options.js'
import type { GatewayMethod } from './route.js'

/** A call to the server that `client` is connected to. The client stays the caller's to close. */
export function channelCall(client: Client): Call {
  return (method, request, context) => {
    const target = {
      client,
      path: `/${method.parent.typeName}/${method.name}`,
      metadata: toGrpc(context.metadata),
      options: callOptions(context),
    }
    if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') return singleAnswer(target, request, context)
    return Promise.resolve(streamAnswer(target, method, { request, context }))
  }
}

interface Target {
  readonly client: Client
  readonly path: string
  readonly metadata: GrpcMetadata
  readonly options: CallOptions
}

const asIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function callOptions({ deadline }: CallContext): CallOptions {
  return deadline === undefined ? {} : { deadline }
}

function singleAnswer(
  target: Target,
  request: Uint8Array | AsyncIterable<Uint8Array>,
  { signal }: CallContext,
): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    let headers: Metadata | undefined
    let trailers: Metadata | undefined
    const answered = (error: ServiceError | null, message?: Buffer): void => {
      signal.removeEventListener('abort', cancel)
      if (error === null && message !== undefined) setImmediate(() => resolve({ message, headers, trailers }))
      else reject(statusOf(error))
    }
    const { client, path, metadata, options } = target
    const call =
      request instanceof Uint8Array
        ? client.makeUnaryRequest(path, asIs, asIs, request, metadata, options, answered)
        : sending(client.makeClientStreamRequest(path, asIs, asIs, metadata, options, answered), request)
    const cancel = (): void => call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    call.on('metadata', (received: GrpcMetadata) => (headers = fromGrpc(received)))
    call.on('status', (ended: StatusObject) => (trailers = fromGrpc(ended.metadata)))
  })
}

function streamAnswer(
  target: Target,
  method: GatewayMethod,
  { request, context }: { request: Uint8Array | AsyncIterable<Uint8Array>; context: CallContext },
): CallAnswer {
  const { client, path, metadata, options } = target
  let headers: Metadata | undefined
  const call =
    request instanceof Uint8Array
      ? client.makeServerStreamRequest(path, asIs, asIs, request, metadata, options)
      : sending(client.makeBidiStreamRequest(path, asIs, asIs, metadata, options), request)
  const cancel = (): void => call.cancel()
  context.signal.addEventListener('abort', cancel, { once: true })
  call.on('metadata', (received: GrpcMetadata) => (headers = fromGrpc(received)))
  const trailers = new Promise<Metadata>((resolve) => {
    call.once('status', (ended: StatusObject) => {
      context.signal.removeEventListener('abort', cancel)
      resolve(fromGrpc(ended.metadata))
    })
  })
  return {
    message: received(call, method),
    // Headers come with the first message at the latest; the gateway asks for them when it begins its answer.
    get headers() {
      return headers
    },
    trailers,
  }
}

async function* received(call: ClientReadableStream<Buffer>, method: GatewayMethod): AsyncGenerator<Uint8Array> {
  try {
    for await (const message of call) yield message as Buffer
  } catch (error) {
    throw statusOf(error as ServiceError, method)
  } finally {
    call.cancel()
  }
}

/** A call that takes a stream of requests. */
type Sink = ClientWritableStream<Uint8Array> | ClientDuplexStream<Uint8Array, Buffer>

function sending<T extends Sink>(call: T, request: AsyncIterable<Uint8Array>): T {
  void send(call, request)
  return call
}

/** Sends a stream of requests no faster than the server takes them; one that fails ends the call. */
async function send(call: Sink, request: AsyncIterable<Uint8Array>): Promise<void> {
  const isOver = new AbortController()
  call.once('status', () => isOver.abort())
  try {
    for await (const message of request) {
      if (isOver.signal.aborted) return
      if (!call.write(message)) await once(call, 'drain', { signal: isOver.signal })
    }
    call.end()
  } catch {
    call.cancel()
  }
}

/** What a gateway answers for an error of grpc-js: its code, its text, and the whole status when the server sent it. */
function statusOf(error: ServiceError | null, method?: GatewayMethod): Error & { code: number; details?: Uint8Array } {
  const [details] = error?.metadata.get('grpc-status-details-bin') ?? []
  const failure = new Error(textOf(error) ?? `${method?.typeName ?? 'The call'} ended without an answer`, { cause: error })
  return Object.assign(failure, { code: error?.code ?? status.INTERNAL }, details instanceof Uint8Array ? { details } : {})
}

/** How grpc-js itself speaks of connections: with addresses that are nobody's business. */
const LOCAL =
  /^(?:No connection established|Name resolution failed|Connection dropped|Deadline exceeded after|Received RST_STREAM|Received HTTP|Stream refused|read E|write E|connect E|getaddrinfo|Server dropped|Failed to )|remote_addr=|local_addr=/i

/** The text of an error, in words of our own where it was made on this side of the connection. */
function textOf(error: ServiceError | null): string | undefined {
  if (error === null || !LOCAL.test(error.details)) return error?.details
  if (error.code === status.DEADLINE_EXCEEDED) return 'The server took longer than the deadline allows'
  return error.code === status.UNAVAILABLE ? 'The server cannot be reached' : 'The connection to the server failed'
}

function toGrpc(metadata: Metadata): GrpcMetadata {
  const result = new GrpcMetadata()
  for (const [name, values] of Object.entries(metadata))
    for (const value of values) result.add(name, typeof value === 'string' ? value : asIs(value))
  return result
}

function fromGrpc(metadata: GrpcMetadata): Metadata {
  return Object.fromEntries(Object.keys(metadata.getMap()).map((name) => [name, metadata.get(name)]))
}
