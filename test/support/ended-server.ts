// Servers that end while they start: those that are refused have to say why, by themselves and in time.
import { roundThatKeeps } from './in-one-round.js'
import { runProgram, runTaskplane, type Ended } from './program.js'
import { MAIN } from './server-process.js'

const ANY_PORT = '127.0.0.1:0'

/** What a start may take beside the time that the program needs to be loaded, which depends on the machine. */
const REFUSAL_MS = 2000

/** How a server ended that was refused. */
export interface RefusedServer extends Ended {
  /** Whether it did so within two seconds of being loaded, in one of three starts. */
  readonly isInTime: boolean
}

/** What to start. */
export interface StartOptions {
  /** Value of `--store`. */
  readonly store: string
  readonly env?: Readonly<Record<string, string>>
  /** Words that the server is started under. */
  readonly under?: readonly string[]
  /** Hears of the process once it runs. */
  readonly onStart?: (pid: number) => void
}

/** Runs a `taskplane serve` that is to be refused, again when that took too long. */
export async function serveInVain(options: StartOptions): Promise<RefusedServer> {
  const loadMs = await timeToLoad()
  return roundThatKeeps(
    ({ isInTime }) => isInTime,
    async () => {
      const began = performance.now()
      const ended = await serveToItsEnd(options)
      return { ...ended, isInTime: performance.now() - began < loadMs + REFUSAL_MS }
    },
  )
}

/** Runs `taskplane serve` until it ends. */
export function serveToItsEnd({ store, env = {}, under = [], onStart = () => undefined }: StartOptions): Promise<Ended> {
  const ports = { TASKPLANE_GRPC_ADDRESS: ANY_PORT, TASKPLANE_HTTP_ADDRESS: ANY_PORT, TASKPLANE_ADMIN_ADDRESS: ANY_PORT }
  const [file, ...args] = [...under, process.execPath, MAIN, 'serve'] as const
  return runProgram(file, args, { env: { ...ports, TASKPLANE_STORE: store, ...env }, onStart })
}

/** Milliseconds that the program takes to say its version. */
function timeToLoad(): Promise<number> {
  loading ??= (async () => {
    const began = performance.now()
    await runTaskplane(['--version'])
    return performance.now() - began
  })()
  return loading
}

let loading: Promise<number> | undefined
