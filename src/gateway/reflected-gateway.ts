// A gateway whose schema is the server's own, and changes when the server's does.
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayHandler } from './gateway.js'
import { createGateway } from './gateway.js'
import type { GatewayOptions } from './options.js'

/** Options of a gateway that follows a schema. */
export interface ReflectedOptions extends Omit<GatewayOptions, 'descriptors'> {
  /** The schema as it is now, such as reflectSchema gives it. */
  readonly load: () => Promise<Uint8Array>
  /** How often to look. Default: 30,000. */
  readonly refreshMs?: number
  /** Told when the schema cannot be loaded, or cannot be served: the last good one stays. Default: nobody. */
  readonly onSchemaError?: (error: unknown) => void
}

/** A gateway that follows a schema. */
export interface ReflectedGateway {
  readonly handler: GatewayHandler
  /** Stops looking. */
  close(): void
}

/**
 * Loads the schema and serves it. Rejects when it cannot be loaded or served; later failures leave the last good one in
 * place.
 */
export async function createReflectedGateway(options: ReflectedOptions): Promise<ReflectedGateway> {
  const { load, refreshMs = 30_000, onSchemaError, ...gatewayOptions } = options
  let descriptors = await load()
  let current = createGateway({ ...gatewayOptions, descriptors })
  const closing = new AbortController()
  const refresh = async (): Promise<void> => {
    const loaded = await load()
    if (Buffer.compare(loaded, descriptors) === 0) return
    current = createGateway({ ...gatewayOptions, descriptors: loaded })
    descriptors = loaded
  }
  const follow = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await sleep(refreshMs, undefined, { signal: closing.signal, ref: false })
        .then(refresh)
        .catch((error: unknown) => {
          if (!closing.signal.aborted) onSchemaError?.(error)
        })
    }
  }
  void follow()
  return { handler: (request, response, next) => current(request, response, next), close: () => closing.abort() }
}
