// `taskplane run`: runs a program and records it as a task.
import type { Command } from 'commander'
import { CallError } from '../client/call-error.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { exitCodeOf, startProcess, type RunningProcess } from './child-process.js'
import { clientCommand, collectLabel, withClient, type ClientOptions } from './client-options.js'
import { describeError } from './describe-error.js'
import { printable } from './print-task.js'
import { ProgressLines } from './progress-lines.js'
import { ProgressReporter } from './progress-reporter.js'
import { RecordedProcess, type ProcessToRecord } from './recorded-process.js'

interface RunOptions extends Omit<ClientOptions, 'output'> {
  readonly command: string
  readonly summary: string
  readonly service: string
  readonly createdBy: string
  readonly label: Record<string, string>
}

/** Exit codes of its own, as env(1) and nohup(1) have them: this program failed, cannot be executed, was not found. */
const EXIT = { notRecorded: 125, notExecutable: 126, notFound: 127 } as const

/** How often the start and the end of a process are reported before that is given up, and how long to wait in between. */
const REPORTS = { attempts: 6, firstWaitMs: 500 } as const

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
  const lines = new ProgressLines((line) => reporter.report(line))
  const running = await start(toRecord, recorded, (chunk) => lines.push(chunk))
  if (typeof running === 'number') return running
  await warnOnFailure('could not record the start', untilReported(() => recorded.started(running.pid)))
  const end = await running.end
  lines.end()
  await reporter.flush()
  await warnOnFailure('could not record the end', untilReported(() => recorded.ended(end)))
  return exitCodeOf(end)
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
  onOutput: (chunk: Buffer) => void,
): Promise<RunningProcess | number> {
  try {
    return await startProcess(program, args, onOutput)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    process.stderr.write(`taskplane: cannot start ${printable(program)}: ${code ?? String(error)}\n`)
    await warnOnFailure('could not record the end', untilReported(() => recorded.notStarted(error as NodeJS.ErrnoException)))
    return code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable
  }
}

/** Repeats a report while the server is away; a report that arrived the first time is refused the second, which is fine. */
async function untilReported(report: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await report()
      return
    } catch (error) {
      if (attempt > 1 && error instanceof CallError && error.reason === 'STATUS_NOT_ALLOWED') return
      const isWorthRepeating = error instanceof CallError && (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED')
      if (!isWorthRepeating || attempt === REPORTS.attempts) throw error
      await new Promise((resolve) => setTimeout(resolve, REPORTS.firstWaitMs * 2 ** (attempt - 1)))
    }
  }
}

async function warnOnFailure(what: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => warn(what, error))
}

function warn(what: string, error: unknown): void {
  process.stderr.write(`taskplane: ${what}: ${describeError(error)}\n`)
}
