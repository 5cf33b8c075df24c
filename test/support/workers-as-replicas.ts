// The workers of one server in the place of several servers: each of its addresses is a connection of its own, which gets to
// whichever worker is next.
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import type { Replicas } from './replicas.js'
import type { ServerProcess } from './server-process.js'
import { startTcpProxy } from './tcp-proxy.js'

/** `count` ways to reach `server`. */
export async function workersAsReplicas(server: ServerProcess, count: number): Promise<Replicas> {
  const proxies = await Promise.all(Array.from({ length: count }, () => startTcpProxy(server.addresses.grpc)))
  const servers = proxies.map(({ address }) => ({ ...server, addresses: { ...server.addresses, grpc: address } }))
  const clients = proxies.map(({ address }) => new TaskplaneClient(address))
  return {
    servers,
    clients,
    client: (index) => clients[index % clients.length]!,
    close: async () => {
      for (const client of clients) client.close()
      for (const proxy of proxies) proxy.close()
      await server.stop('SIGKILL')
    },
  }
}
