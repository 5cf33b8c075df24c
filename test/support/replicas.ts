// Three servers over one PostgreSQL, each a process of its own, and a client of each.
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { PATIENT, startServer, type ServerProcess } from './server-process.js'

/** Servers that run. */
export interface Replicas {
  readonly servers: readonly ServerProcess[]
  readonly clients: readonly TaskplaneClient[]
  /** The client of the server `index`, counted round and round. */
  readonly client: (index: number) => TaskplaneClient
  /** Ends them, also those that hang. */
  readonly close: () => Promise<void>
}

/** Starts three servers with the store at `url`, and `limits` as `--limits` takes them. */
export async function startReplicas(url: string, limits = PATIENT): Promise<Replicas> {
  const servers = await Promise.all(Array.from({ length: 3 }, () => startServer('', { store: url, limits })))
  const clients = servers.map(({ addresses }) => new TaskplaneClient(addresses.grpc))
  return {
    servers,
    clients,
    client: (index) => clients[index % clients.length]!,
    close: async () => {
      for (const client of clients) client.close()
      await Promise.all(servers.map((server) => server.stop('SIGKILL')))
    },
  }
}
