// `taskplane run`: runs a program and records it as a task.
import type { Command } from 'commander'
import type { Task_Status } from '../../gen/openshift/v1/task.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { exitCodeOf, startProcess, type OutputWatch, type RunningProcess } from './child-process.js'
import { clientCommand, collectLabel, withClient, type ClientOptions } from './client-options.js'
import { describeError } from './describe-error.js'
import { printable } from './print-task.js'
import { ProgressLines } from './progress-lines.js'
import { ProgressReporter } from './progress-reporter.js'
import { RecordedProcess, STARTED, statusAfter, type ProcessToRecord } from './recorded-process.js'
import { untilReported } from './until-reported.js'

interface RunOptions extends Omit<ClientOptions, 'output'> {
  readonly command: string
  readonly summary: string
  readonly service: string
  readonly createdBy: string
  readonly label: Record<string, string>
}

/** Exit codes of its own, as env(1) and nohup(1) have them: this program failed, cannot be executed, was not found. */
const EXIT = { notRecorded: 125, notExecutable: 126, notFound: 127 } as const

/** Runs a program, passes its output through, and exits with its code. */
export function runCommand(): Command {
  return clientCommand('run', 'run a program and record it as a task')
    .requiredOption('--command <word>', 'kind of work, such as cluster.create')
    .option('--summary <text>', 'one line for people', '')
    .option('--service <word>', 'the service that does the work', '')
    .option('--created-by <name>', 'on whose behalf the work is done; default: the user of this process', '')
    .option('--label <key=value>', 'a label; can be repeated', collectLabel, {})
    .argument('<program>')
    .argument('[arguments...]')
    .passThroughOptions()
    .action(async (program: string, args: readonly string[], options: RunOptions) => {
      const { command, summary, service, createdBy, label: labels } = options
      const task = { command, summary, service, createdBy, labels }
      process.exitCode = await withClient(options, (client) =>
        run(client, { instance: options.instance, program, arguments: args, task }),
      )
    })
}

async function run(client: TaskplaneClient, toRecord: ProcessToRecord): Promise<number> {
  const recorded = await record(client, toRecord)
  if (recorded === undefined) return EXIT.notRecorded
  process.stderr.write(`taskplane: task ${recorded.taskId}\n`)
  const reporter = new ProgressReporter((line) => recorded.progressed(line))
  const lines = { stdout: progressOf(reporter), stderr: progressOf(reporter) }
  const running = await start(toRecord, recorded, {
    stdout: (chunk) => lines.stdout.push(chunk),
    stderr: (chunk) => lines.stderr.push(chunk),
  })
  if (typeof running === 'number') return running
  const ended = new AbortController()
  const started = reported('start', () => recorded.started(running.pid), { arrived: STARTED, signal: ended.signal })
  const end = await running.end
  ended.abort()
  lines.stdout.end()
  lines.stderr.end()
  await Promise.all([started, reporter.flush()])
  await reported('end', () => recorded.ended(running.pid, end), { arrived: [statusAfter(end)], signal: running.impatience })
  running.release()
  return exitCodeOf(end)
}

function progressOf(reporter: ProgressReporter): ProgressLines {
  return new ProgressLines((line) => reporter.report(line))
}

async function record(client: TaskplaneClient, toRecord: ProcessToRecord): Promise<RecordedProcess | undefined> {
  try {
    return await RecordedProcess.create(client, toRecord)
  } catch (error) {
    warn('not run, because it could not be recorded', error)
    return undefined
  }
}

/** The running program, or the exit code when it could not be started. */
async function start(
  { program, arguments: args }: ProcessToRecord,
  recorded: RecordedProcess,
  watch: OutputWatch,
): Promise<RunningProcess | number> {
  try {
    return await startProcess(program, args, watch)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    process.stderr.write(`taskplane: cannot start ${printable(program)}: ${code ?? String(error)}\n`)
    const signal = new AbortController().signal
    await reported('end', () => recorded.notStarted(error as NodeJS.ErrnoException), { arrived: ['FAILED'], signal })
    return code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable
  }
}

/** Reports the start or the end of the program; says so when that takes long or fails, which is not the program's fault. */
async function reported(
  what: 'start' | 'end',
  report: () => Promise<void>,
  options: { readonly arrived: readonly Task_Status[]; readonly signal: AbortSignal },
): Promise<void> {
  const onDelay = (error: unknown): void => warn(`could not record the ${what} yet, and goes on trying`, error)
  try {
    await untilReported(report, { ...options, onDelay })
  } catch (error) {
    // What ended the waiting for a start is the end of the program, and its report makes up for the start.
    if (what === 'end' || !options.signal.aborted) warn(`could not record the ${what}`, error)
  }
}

function warn(what: string, error: unknown): void {
  process.stderr.write(`taskplane: ${what}: ${describeError(error)}\n`)
}
