// Runs a program to its end and keeps what it said.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { MAIN } from './server-process.js'

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

interface ProgramOptions {
  /** Environment beside that of the tests. */
  readonly env?: Readonly<Record<string, string>>
  /** Hears of the process once it runs. */
  readonly onStart?: (pid: number) => void
  /** Hears of all that the program has said on its standard output, each time it says more. */
  readonly onOutput?: (soFar: string, pid: number) => void
  /** Hears of each piece of its standard error. */
  readonly onErrorText?: (text: string) => void
  /** Whether to run it in a session of its own, without a terminal. */
  readonly detached?: boolean
}

/** Runs `file` with `args`. */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const { detached = false } = options
  const child = spawn(file, args, { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], detached })
  options.onStart?.(child.pid ?? 0)
  child.stderr.on('data', (chunk: Buffer) => options.onErrorText?.(chunk.toString()))
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    output.push(chunk)
    options.onOutput?.(Buffer.concat(output).toString(), child.pid ?? 0)
  })
  const [stderr, [code, signal]] = await Promise.all([text(child.stderr), closed])
  return { code, signal, stdout: Buffer.concat(output).toString(), stderr }
}

/** Runs `taskplane` with `args`. */
export function runTaskplane(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  return runProgram(process.execPath, [MAIN, ...args], options)
}
