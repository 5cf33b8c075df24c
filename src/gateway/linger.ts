// What happens to the rest of a request body once the request is answered.
import type { GatewayRequest } from './http-message.js'

/** Bytes that are read and dropped at most, and the milliseconds that this may take. */
const LINGER = { bytes: 32 * 1024 * 1024, ms: 5000 } as const

/**
 * Reads and drops what is left of the body, within bounds, then calls `done`. A connection that is closed on data that
 * nobody read is reset, and the reset can reach the caller before the answer does (RFC 9112 section 9.6).
 */
export function linger(request: GatewayRequest, done: () => void): void {
  let bytes = 0
  const finish = (): void => {
    clearTimeout(timer)
    request.off('data', count)
    request.off('close', finish)
    request.off('end', finish)
    done()
  }
  const count = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > LINGER.bytes) finish()
  }
  const timer = setTimeout(finish, LINGER.ms)
  request.on('data', count)
  request.once('close', finish)
  request.once('end', finish)
}
