// What a call is named in logs, answers and traces: the `x-request-id` of HTTP and gRPC. Not the `request_id` of a create.
import { randomUUID } from 'node:crypto'
import { CALL_LIMITS } from '../limits.js'

/** The name of the header, and of the metadata. */
export const CALL_ID_HEADER = 'x-request-id'

const FORM = /^[A-Za-z0-9._~:/+=-]+$/

/**
 * What the caller sent as `x-request-id`, when it is 1 to CALL_LIMITS.idLength characters of `[A-Za-z0-9._~:/+=-]`;
 * otherwise a new UUID version 4.
 */
export function callIdOf(sent: unknown): string {
  return typeof sent === 'string' && sent.length <= CALL_LIMITS.idLength && FORM.test(sent) ? sent : randomUUID()
}
