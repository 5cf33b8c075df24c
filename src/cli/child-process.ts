// Runs a program in the place of this process: its input, output, signals and exit code pass through.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { descendantsOf, killAll } from './process-tree.js'

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
  /** Resolves when it has ended and its output has been read: to the end, or for DRAIN_MS when what it left behind holds it. */
  readonly end: Promise<ProcessEnd>
  /** Aborts when this process is told twice to end although the program has ended: whoever sends that will not wait. */
  readonly impatience: AbortSignal
  /**
   * Sends a signal to the program and, on Linux, to all that it has started. They stay in the group of this process, so that
   * a terminal goes on reaching them and they it.
   */
  kill(signal: NodeJS.Signals): void
  /** Lets signals end this process again. */
  release(): void
}

/** Sees each piece of the two outputs. */
export interface OutputWatch {
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
/** Milliseconds that output is read after the end of a program whose own children still hold it open. */
const DRAIN_MS = 2000

/** Starts `program`; `watch` sees its output. Rejects with the error of spawn when it cannot. */
export async function startProcess(program: string, args: readonly string[], watch: OutputWatch): Promise<RunningProcess> {
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'pipe'] })
  await spawned(child)
  const { stdout, stderr } = child
  pass(stdout, process.stdout, watch.stdout)
  pass(stderr, process.stderr, watch.stderr)
  const impatience = new AbortController()
  const release = forwardSignals(child, impatience)
  const kill = (signal: NodeJS.Signals): void => {
    // Looked up before the program has ended, for then they have another parent; and told after it, so that it does not take
    // their end for anything but its own.
    const descendants = child.exitCode === null && child.signalCode === null ? descendantsOf(child.pid ?? 0) : []
    child.kill(signal)
    killAll(descendants, signal)
  }
  return { pid: child.pid ?? 0, end: endOf(child, startedAt), impatience: impatience.signal, kill, release }
}

/** The exit code that says the same as how the program ended: its own, or 128 and the number of the signal as shells do. */
export function exitCodeOf({ exitCode, signal }: ProcessEnd): number {
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal])
}

/** Whether this process has a terminal that controls it, whatever its standard input is. */
export function hasTerminal(device = '/dev/tty'): boolean {
  try {
    closeSync(openSync(device, 'r'))
    return true
  } catch {
    return false
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    // Stays: a signal that cannot be passed on is an error event as well.
    child.on('error', reject)
  })
}

async function endOf(child: ChildProcess, startedAt: number): Promise<ProcessEnd> {
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  const durationMs = performance.now() - startedAt
  const drained = new AbortController()
  await Promise.race([closed, wait(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined)])
  drained.abort()
  child.stdout?.destroy()
  child.stderr?.destroy()
  return { exitCode: code ?? undefined, signal: signal ?? undefined, durationMs }
}

function pass(from: Readable, to: Writable, onOutput: (chunk: Buffer) => void): void {
  from.on('data', onOutput)
  // A reader that has gone (`| head`) does not end the work: what it no longer wants is dropped.
  to.on('error', () => from.unpipe(to).resume())
  from.pipe(to, { end: false })
}

/**
 * Passes signals on. A terminal sends SIGINT and SIGQUIT to the program as well: they are forwarded only when there is
 * none. Once the program has ended, a signal is held back, because there is an end to record.
 */
function forwardSignals(child: ChildProcess, impatience: AbortController): () => void {
  let late = 0
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => {
      if (child.exitCode !== null || child.signalCode !== null) {
        late += 1
        if (late > 1) impatience.abort()
      } else if ((signal !== 'SIGINT' && signal !== 'SIGQUIT') || !hasTerminal()) child.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => listeners.forEach((stop) => stop())
}
