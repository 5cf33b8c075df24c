// What a caller is told beside an answer, as metadata of gRPC: the gateway makes an HTTP status and headers of it.

/**
 * A call that is told what its answer says beside the message, and sets it as metadata: `retry-after`; for accepted work
 * `operation-location`, and `x-http-code` with HTTP's status.
 */
export abstract class CallWithMetadata {
  onPollAgain(ms: number): void {
    this.setMetadata('retry-after', retryAfter(ms))
  }

  onAccepted(monitor: string): void {
    this.setMetadata('operation-location', monitor)
    this.setMetadata('x-http-code', String(ACCEPTED))
  }

  protected abstract setMetadata(name: string, value: string): void
}

/** The HTTP status of work that is recorded and goes on elsewhere (RFC 9110, section 15.3.3). */
export const ACCEPTED = 202

/** The value of `Retry-After` (RFC 9110, section 10.2.3): whole seconds, rounded up. */
export function retryAfter(ms: number): string {
  return String(Math.ceil(ms / 1000))
}
