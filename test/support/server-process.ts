// A real server: the built program in a process of its own, on free ports and a store of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The program, as built. */
export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

/** A process that serves and is ready. */
export interface ReadyProcess {
  readonly pid: number
  /** What it has logged, a parsed line each. */
  readonly log: readonly LogLine[]
  /** The line that says that it is ready. */
  readonly ready: LogLine
  /** Sends a signal; resolves with the exit code when it has ended, null when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A server that is ready. */
export interface ServerProcess extends Omit<ReadyProcess, 'ready'> {
  /** `host:port` of each port. */
  readonly addresses: { readonly grpc: string; readonly http: string; readonly admin: string }
  /** Base URL of the HTTP port. */
  readonly url: string
}

interface LogLine {
  readonly msg: string
  readonly level: number
  readonly [field: string]: unknown
}

const ANY_PORT = '127.0.0.1:0'
const ANYWHERE = { grpc: ANY_PORT, http: ANY_PORT, admin: ANY_PORT }

/** What runs: a test that fails does not get to stop its server, and none may outlive the tests. */
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

interface ServerOptions {
  /** `host:port` of each port; any free ones when they are not given. */
  readonly at?: ServerProcess['addresses']
  /** Where tasks are kept; the SQLite file `tasks.db` in the directory when it is not given. */
  readonly store?: string
  /** Blocks of 512 bytes that a file of the server may have, so that writes fail beyond; no bound when not given. */
  readonly fileBlocks?: number
  /** Where callers reach its REST; not told when not given. */
  readonly publicUrl?: string
  /** Words that the server is started under, such as those of strace. */
  readonly under?: readonly string[]
  /** Whether it is left alone by the Ctrl-C of a terminal, which all others hear. Default: it hears it, too. */
  readonly detached?: boolean
  /** Limits in place of those of PATIENT, as `--limits` takes them. */
  readonly limits?: string
  /** More variables, such as those of who may call. */
  readonly env?: Readonly<Record<string, string>>
}

/** Limits with which one instance may have all of a server. */
export const ROOMY = 'call.tenantCalls=1000,call.tenantRate=1000000,call.tenantBurst=1000000'

/** Limits of a server that is alone with a test: it also stops at once. */
export const PATIENT = `shutdown.delayMs=0,shutdown.spreadMs=0,${ROOMY}`

// The signal that comes with a file that grows too large is ignored: the write fails then.
const WITH_FILE_LIMIT = 'trap "" XFSZ; ulimit -f "$1"; shift; exec "$@"'

/** Starts a server; resolves when it says that it is ready. */
export async function startServer(directory: string, options: ServerOptions = {}): Promise<ServerProcess> {
  const { at = ANYWHERE, store, fileBlocks, under = [], limits = PATIENT, publicUrl = '', detached = false, env: more = {} } = options
  const env = {
    TASKPLANE_GRPC_ADDRESS: at.grpc,
    TASKPLANE_HTTP_ADDRESS: at.http,
    TASKPLANE_ADMIN_ADDRESS: at.admin,
    TASKPLANE_PUBLIC_URL: publicUrl,
    TASKPLANE_LIMITS: limits,
    TASKPLANE_STORE: store ?? `sqlite:${join(directory, 'tasks.db')}`,
    // The PostgreSQL of the tests does not wait for the disk.
    TASKPLANE_POSTGRES_DURABILITY: 'unchecked',
    ...more,
  }
  const limited = fileBlocks === undefined ? under : ['sh', '-c', WITH_FILE_LIMIT, 'sh', String(fileBlocks)]
  const { ready, ...server } = await startProcess(['serve'], env, limited, detached)
  const addresses = ready as unknown as ServerProcess['addresses']
  return { ...server, addresses, url: `${'TASKPLANE_TLS_CERT' in env ? 'https' : 'http'}://${addresses.http}` }
}

/** Starts `taskplane` with `args`, as the last of the words `under`, `detached` from the terminal; resolves when it says that it is ready. */
export async function startProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  under: readonly string[] = [],
  detached = false,
): Promise<ReadyProcess> {
  const [file = process.execPath, ...rest] = [...under, process.execPath, MAIN, ...args]
  const child = spawn(file, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'], detached })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const log: LogLine[] = []
  const ready = await readyLine(child, log)
  return { pid: child.pid ?? 0, log, ready, stop: (signal = 'SIGTERM') => stop(child, signal) }
}

function readyLine(child: ChildProcess, log: LogLine[]): Promise<LogLine> {
  return new Promise((resolve, reject) => {
    readLines(child, (line) => {
      // What is said of Node.js depends on where the tests run.
      if (line.level === 40 && 'node' in line) return
      log.push(line)
      if (line.msg === 'ready') resolve(line)
    })
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${JSON.stringify(log)}`)))
  })
}

/** Reads what a process logs: JSON, a line each, but for the last line of one that was killed while it wrote it. */
function readLines(child: ChildProcess, onLine: (line: LogLine) => void): void {
  if (child.stdout === null) throw new Error('The server has no output')
  let torn: SyntaxError | undefined
  createInterface(child.stdout).on('line', (text) => {
    if (torn !== undefined) throw torn
    try {
      onLine(JSON.parse(text) as LogLine)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      torn = error
    }
  })
  child.once('close', (_code, signal) => {
    if (torn !== undefined && signal !== 'SIGKILL') throw torn
  })
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit') as Promise<[number | null]>
  child.kill(signal)
  const [code] = await exit
  return code
}
