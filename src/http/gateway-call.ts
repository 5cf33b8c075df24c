// A request of the gateway as a call: who makes it, and what its answer says beside the message.
import { CallWithMetadata } from '../api/answer-metadata.js'
import { traceParentOf, type TraceParent } from '../api/call-observer.js'
import type { IncomingCall } from '../api/incoming-call.js'
import type { Credentials } from '../auth/authenticator.js'
import type { CallContext } from '../gateway/options.js'
import { RequestCredentials } from './request-credentials.js'
import { requestName } from './request-id.js'

/** One call. What costs something is made when it is asked for. */
export class GatewayCall extends CallWithMetadata implements IncomingCall {
  readonly callId: string
  readonly traceParent: TraceParent | undefined
  /** What the answer says beside the message; undefined when it says nothing. */
  headers: Record<string, string[]> | undefined
  private readonly context: CallContext

  constructor(context: CallContext) {
    super()
    const { headers } = context.httpRequest
    this.context = context
    this.callId = requestName(headers)
    this.traceParent = traceParentOf(headers['traceparent'], headers['tracestate'])
  }

  get credentials(): Credentials {
    return new RequestCredentials(this.context.httpRequest)
  }

  get signal(): AbortSignal {
    return this.context.signal
  }

  get deadline(): number {
    return this.context.deadline?.getTime() ?? Infinity
  }

  protected setMetadata(name: string, value: string): void {
    this.headers = { ...this.headers, [name]: [value] }
  }
}
