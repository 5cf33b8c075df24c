// Runs a program in the place of this process: its input, output, signals and exit code pass through.
import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'

/** How a program ended. */
export interface ProcessEnd {
  /** 0 to 255; undefined when a signal ended it. */
  readonly exitCode: number | undefined
  readonly signal: NodeJS.Signals | undefined
  /** Milliseconds from start to end, on the monotonic clock. */
  readonly durationMs: number
}

/** A program that runs. */
export interface RunningProcess {
  readonly pid: number
  /** Resolves when it has ended and its output has been read to the end. */
  readonly end: Promise<ProcessEnd>
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']

/** Starts `program`; `onOutput` sees each piece of its standard output. Rejects with the error of spawn when it cannot. */
export async function startProcess(
  program: string,
  args: readonly string[],
  onOutput: (chunk: Buffer) => void,
): Promise<RunningProcess> {
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] })
  await spawned(child)
  const { stdout } = child
  pass(stdout, process.stdout, onOutput)
  const stopForwarding = forwardSignals(child)
  const end = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (code, signal) => {
      stopForwarding()
      resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, durationMs: performance.now() - startedAt })
    })
  })
  return { pid: child.pid ?? 0, end }
}

/** The exit code that says the same as how the program ended: its own, or 128 and the number of the signal as shells do. */
export function exitCodeOf({ exitCode, signal }: ProcessEnd): number {
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal])
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
}

function pass(from: Readable, to: Writable, onOutput: (chunk: Buffer) => void): void {
  from.on('data', onOutput)
  // A reader that has gone (`| head`) does not end the work: what it no longer wants is dropped.
  to.on('error', () => from.unpipe(to).resume())
  from.pipe(to, { end: false })
}

/** A terminal sends SIGINT and SIGQUIT to the program as well: they are forwarded only when there is none. */
function forwardSignals(child: ChildProcess): () => void {
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => {
      if (!(process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT'))) child.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => listeners.forEach((stop) => stop())
}
