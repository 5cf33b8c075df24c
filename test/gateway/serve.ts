// Runs a gateway on a loopback port, and asks it.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway } from '../../src/gateway/gateway.js'
import type { Call, GatewayOptions } from '../../src/gateway/options.js'
import { testDescriptors } from './schema.js'

/** A gateway that listens. */
export interface Served {
  /** Such as `http://127.0.0.1:1234`. */
  readonly url: string
  /** What the last call got. */
  readonly calls: { method: string; request: Uint8Array | AsyncIterable<Uint8Array>; context: Parameters<Call>[2] }[]
  ask(path: string, init?: RequestInit): Promise<Asked>
  close(): Promise<void>
}

/** An answer, its body read. */
interface Asked {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

/** Serves the shop schema; `call` answers its methods. */
export async function serve(call: Call, options: Partial<GatewayOptions> = {}): Promise<Served> {
  const calls: Served['calls'] = []
  const recorded: Call = (method, request, context) => {
    calls.push({ method: method.typeName, request, context })
    return call(method, request, context)
  }
  return {
    ...(await serveHandler(createGateway({ descriptors: testDescriptors, services: ['shop.v1.ShopService'], call: recorded, ...options }))),
    calls,
  }
}

/** Serves any handler. */
export async function serveHandler(handler: RequestListener): Promise<Served> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    calls: [],
    ask: async (path, init) => {
      const response = await fetch(url + path, init)
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: parsed(text) }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
