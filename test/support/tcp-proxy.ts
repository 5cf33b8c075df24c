// A TCP proxy that fails as networks do: resets, and silence on connections that stay open.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A running proxy. */
export interface TcpProxy {
  /** `host:port` to connect to. */
  readonly address: string
  /** Resets every connection, on both sides. */
  reset(): void
  /** From now on nothing comes through on the connections that there are, in either direction, and nothing closes. */
  silence(): void
  /** From now on nothing is taken from the server, until `release`. */
  hold(): void
  release(): void
  close(): void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** Passes connections on to `target`, `host:port`, from any free port or from `at`. */
export async function startTcpProxy(target: string, at = 0): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const port = Number(target.slice(target.lastIndexOf(':') + 1))
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const pair = { client, server }
    pairs.add(pair)
    client.pipe(server)
    server.pipe(client)
    for (const socket of [client, server]) {
      socket.on('error', () => undefined)
      socket.on('close', () => pairs.delete(pair))
    }
  })
  listener.listen(at, '127.0.0.1')
  await once(listener, 'listening')
  const reset = (): void => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    reset,
    silence() {
      for (const { client, server } of pairs) {
        client.unpipe(server)
        server.unpipe(client)
        // What comes is read and dropped: no side learns that nobody listens.
        client.resume()
        server.resume()
      }
    },
    hold() {
      for (const { client, server } of pairs) {
        server.unpipe(client)
        server.pause()
      }
    },
    release() {
      for (const { client, server } of pairs) server.pipe(client)
    },
    close() {
      reset()
      listener.close()
    },
  }
}
