// A process on cores that it is given, and the processor time that it has used.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A process, and what it has said. */
export interface StartedProcess {
  readonly process: PinnedProcess
  readonly line: string
}

/** A server that is measured. */
export class PinnedProcess {
  private static readonly running = new Set<PinnedProcess>()
  private readonly child: ChildProcess

  private constructor(child: ChildProcess) {
    this.child = child
  }

  /**
   * Starts `node ARGS` on the processors `cores`, as taskset takes them; resolves with the first line of its output that has `mark`
   * in it.
   */
  static async start(cores: string, args: readonly string[], mark: string): Promise<StartedProcess> {
    const child = spawn('taskset', ['-c', cores, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const started = new PinnedProcess(child)
    PinnedProcess.running.add(started)
    const lines = createInterface({ input: child.stdout })
    const line = await new Promise<string>((resolve, reject) => {
      // Reads on after it, so that the process never waits for a reader.
      lines.on('line', (text) => text.includes(mark) && resolve(text))
      child.once('exit', (code) => reject(new Error(`${args[0] ?? ''} ended with ${String(code)}`)))
    })
    return { process: started, line }
  }

  /** Ends every process that was started. */
  static async stopAll(): Promise<void> {
    await Promise.all([...PinnedProcess.running].map((started) => PinnedProcess.stop(started)))
  }

  /** Microseconds of processor time used so far by all threads there are, its workers' too, in user mode and in the kernel. */
  cpuMicroseconds(): number {
    const { pid } = this.child
    const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return [String(pid), ...workers].filter((id) => id !== '').reduce((sum, id) => sum + cpuMicrosecondsOf(id), 0)
  }

  /** Lets it do nothing, until `resume`: what a program tidies up after its turn would take the core from the next one. */
  pause(): void {
    this.child.kill('SIGSTOP')
  }

  /** Lets it go on. */
  resume(): void {
    this.child.kill('SIGCONT')
  }

  /** Bytes of memory that are resident. */
  residentBytes(): number {
    const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) * 1024
  }

  /** Ends one of them. */
  static async stop(started: PinnedProcess): Promise<void> {
    const { child } = started
    PinnedProcess.running.delete(started)
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    started.resume()
    await ended
  }
}

function cpuMicrosecondsOf(pid: string): number {
  const threads = `/proc/${pid}/task`
  const nanoseconds = readdirSync(threads).map((thread) => Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0]))
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1000
}
