// A call under grpc-js, as the dispatcher has to know it. What costs something is made when it is asked for.
import { Metadata, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js'
import { CallWithMetadata } from '../api/answer-metadata.js'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'
import { traceParentOf, type TraceParent } from '../api/call-observer.js'
import type { IncomingCall } from '../api/incoming-call.js'
import type { Credentials } from '../auth/authenticator.js'
import { CallCredentials } from './call-credentials.js'

/** Why the signal of a call ends. */
const LEFT = 'The caller has left'

/** One call. */
export class GrpcCall extends CallWithMetadata implements IncomingCall {
  readonly callId: string
  readonly traceParent: TraceParent | undefined
  /** What an answer begins with, the name of its call first. */
  readonly headers = new Metadata()
  private readonly call: ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>
  private left: AbortController | undefined

  constructor(call: ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>) {
    super()
    const { metadata } = call
    this.call = call
    this.callId = callIdOf(metadata.get(CALL_ID_HEADER)[0])
    this.traceParent = traceParentOf(metadata.get('traceparent')[0], metadata.get('tracestate')[0])
    this.headers.set(CALL_ID_HEADER, this.callId)
  }

  get credentials(): Credentials {
    return new CallCredentials(this.call)
  }

  get deadline(): number {
    const deadline = this.call.getDeadline()
    return typeof deadline === 'number' ? deadline : deadline.getTime()
  }

  get signal(): AbortSignal {
    if (this.left !== undefined) return this.left.signal
    const left = new AbortController()
    this.left = left
    if (this.call.cancelled) left.abort(LEFT)
    // grpc-js says so at the end of every call; without a reason an error would be made each time.
    else this.call.on('cancelled', () => left.abort(LEFT))
    return left.signal
  }

  protected setMetadata(name: string, value: string): void {
    this.headers.set(name, value)
  }
}
