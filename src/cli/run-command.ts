// `taskplane run`: runs a program and records it as a task.
import type { Command } from 'commander'
import { LeaseLost, TaskProducer, type RunOptions as ProducerOptions, type Work, type WorkResult } from '../client/task-producer.js'
import { exitCodeOf, startProcess, type RunningProcess } from './child-process.js'
import { clientCommand, collectLabel, type ClientOptions } from './client-options.js'
import { connectionOf } from './connection-options.js'
import { describeError } from './describe-error.js'
import { printable } from './print-task.js'
import { failureOf, metadataOf, resultOf, startFailureOf, type ProgramCall } from './process-record.js'
import { ProgressLines } from './progress-lines.js'
import { userName } from './user-name.js'

interface RunOptions extends Omit<ClientOptions, 'output'> {
  readonly command: string
  readonly summary: string
  readonly service: string
  readonly createdBy: string
  readonly label: Record<string, string>
}

/** Exit codes of its own, as env(1) and nohup(1) have them: this program failed, cannot be executed, was not found. */
const EXIT = { notRecorded: 125, notExecutable: 126, notFound: 127 } as const
/** Milliseconds: of the lease; that recording is tried before the program is not run; and between SIGTERM and SIGKILL. */
const TIMES = { ttlMs: 15_000, startMs: 5000, killAfterMs: 10_000 } as const

/** Runs a program, passes its output through, and exits with its code. */
export function runCommand(): Command {
  return clientCommand('run', 'run a program and record it as a task, which can be cancelled')
    .requiredOption('--command <word>', 'kind of work, such as cluster.create')
    .option('--summary <text>', 'one line for people', '')
    .option('--service <word>', 'the service that does the work', '')
    .option('--created-by <name>', 'on whose behalf the work is done; default: the user of this process', '')
    .option('--label <key=value>', 'a label; can be repeated', collectLabel, {})
    .argument('<program>')
    .argument('[arguments...]')
    .passThroughOptions()
    .action(async (program: string, args: readonly string[], options: RunOptions) => {
      process.exitCode = await new RecordedRun({ program, arguments: args }, options).run()
    })
}

/** One program, run and recorded. */
class RecordedRun {
  private readonly call: ProgramCall
  private readonly options: RunOptions
  private readonly impatient = new AbortController()
  private exitCode: number = EXIT.notRecorded
  private running: RunningProcess | undefined

  constructor(call: ProgramCall, options: RunOptions) {
    this.call = call
    this.options = options
  }

  /** Resolves with the exit code. */
  async run(): Promise<number> {
    const { grpcAddress: address, instance, command, summary, service, createdBy, label: labels } = this.options
    const producer = new TaskProducer({ address, instance, ...connectionOf(this.options) })
    const by = createdBy === '' ? userName() : createdBy
    const metadata = metadataOf(this.call)
    const toDo = { command, summary, service, createdBy: by, labels, metadata, cancelSupported: true }
    try {
      await producer.run(toDo, (work) => this.work(work), this.producerOptions())
    } catch (error) {
      this.warnOf(error)
    } finally {
      producer.close()
      this.running?.release()
    }
    return this.exitCode
  }

  private producerOptions(): ProducerOptions {
    return {
      ttlMs: TIMES.ttlMs,
      startMs: TIMES.startMs,
      signal: this.impatient.signal,
      onRecorded: ({ id }) => process.stderr.write(`taskplane: task ${id}\n`),
      onDelay: (error) => warn('could not record the end yet, and goes on trying', error),
    }
  }

  private async work(work: Work): Promise<WorkResult> {
    const lines = { stdout: progressOf(work), stderr: progressOf(work) }
    const running = await this.start(lines)
    this.running = running
    running.impatience.addEventListener('abort', () => this.impatient.abort())
    work.update({ metadata: metadataOf(this.call, running.pid) }, ['metadata'])
    const stopKilling = endWhenAborted(running, work.signal)
    const end = await running.end
    stopKilling()
    lines.stdout.end()
    lines.stderr.end()
    this.exitCode = exitCodeOf(end)
    // Whoever cancelled gets what was asked for, however the program took it.
    work.signal.throwIfAborted()
    if (end.exitCode !== 0) throw failureOf(this.call, end)
    return { response: resultOf(end) }
  }

  private async start(lines: { readonly stdout: ProgressLines; readonly stderr: ProgressLines }): Promise<RunningProcess> {
    const { program, arguments: args } = this.call
    try {
      return await startProcess(program, args, {
        stdout: (chunk) => lines.stdout.push(chunk),
        stderr: (chunk) => lines.stderr.push(chunk),
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      process.stderr.write(`taskplane: cannot start ${printable(program)}: ${code ?? String(error)}\n`)
      this.exitCode = code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable
      throw startFailureOf(this.call, error as NodeJS.ErrnoException)
    }
  }

  private warnOf(error: unknown): void {
    if (error instanceof LeaseLost) warn('the work was taken from this process, and the program ended', error)
    else if (this.exitCode === EXIT.notRecorded) warn('not run, because it could not be recorded', error)
    else warn('could not record the end', error)
  }
}

function progressOf(work: Work): ProgressLines {
  return new ProgressLines(({ percent, text }) => work.progress(percent, text))
}

/** Ends the program once `signal` aborts: politely, then not. Returns how to stop that. */
function endWhenAborted(running: RunningProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const aborted = (): void => {
    running.kill('SIGTERM')
    timer = setTimeout(() => running.kill('SIGKILL'), TIMES.killAfterMs)
  }
  if (signal.aborted) aborted()
  signal.addEventListener('abort', aborted)
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}

function warn(what: string, error: unknown): void {
  process.stderr.write(`taskplane: ${what}: ${describeError(error)}\n`)
}
