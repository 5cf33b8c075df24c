// `taskplane wait` and `taskplane watch`: work as it goes on.
import { Option, type Command } from 'commander'
import type { Task } from '../../gen/openshift/v1/task.js'
import { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { TaskReader } from '../client/task-reader.js'
import { clientCommand, withOutput, type ClientOptions } from './client-options.js'
import { connectionOf } from './connection-options.js'
import { describeError } from './describe-error.js'
import { LiveTable } from './live-table.js'
import { jsonOf, printable, printTask } from './print-task.js'

/** Exit code of `wait` for each end of a task; 124 for its timeout, as timeout(1) has it. */
const WAIT_EXIT: Readonly<Partial<Record<Task['status'], number>>> = { SUCCEEDED: 0, FAILED: 1, CANCELLED: 3 }
const WAIT_TIMEOUT_EXIT = 124
/** Milliseconds that the last look at a task may take after the timeout of `wait`. */
const LAST_LOOK_MS = 1000
/** Seconds that a timer can count: 2^31 - 1 milliseconds. */
const MAX_SECONDS = 2_147_483

interface WaitOptions extends ClientOptions {
  readonly timeout?: number
}

interface WatchCommandOptions extends ClientOptions {
  readonly filter: string
  readonly task: string
  readonly after?: bigint
}

/** Waits for the end of a task; the exit code tells how it ended. */
export function waitCommand(): Command {
  return withOutput(clientCommand('wait', 'wait until a task has ended: exit code 0 succeeded, 1 failed, 3 cancelled, 124 timeout'))
    .argument('<task-id>')
    .addOption(new Option('--timeout <seconds>', 'how long at most; default: for ever').argParser(readSeconds))
    .action(async (taskId: string, options: WaitOptions) => {
      process.exitCode = await withReader(options, (reader) => waitFor(reader, taskId, options))
    })
}

/** Shows what happens, until it is interrupted. */
export function watchCommand(): Command {
  return withOutput(clientCommand('watch', 'show tasks as they change: a live table, or a line of JSON for each change'))
    .option('--filter <text>', 'which tasks (AIP-160)', '')
    .option('--task <id>', 'only this task', '')
    .addOption(new Option('--after <revision>', 'go on after this revision').argParser(readRevision))
    .action(async (options: WatchCommandOptions) => {
      const interrupted = new AbortController()
      process.once('SIGINT', () => interrupted.abort())
      process.once('SIGTERM', () => interrupted.abort())
      // Nobody reads any more, as after `| head -1`.
      process.stdout.once('error', () => interrupted.abort())
      await withReader(options, (reader) => follow(reader, options, interrupted.signal))
    })
}

async function waitFor(reader: TaskReader, taskId: string, { timeout, output }: WaitOptions): Promise<number> {
  const signal = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000)
  try {
    const task = await reader.wait(taskId, signal)
    printTask(task, output)
    return WAIT_EXIT[task.status] ?? 1
  } catch (error) {
    if (signal?.aborted !== true) throw error
    const task = await reader.get(taskId, AbortSignal.timeout(LAST_LOOK_MS)).catch(warnOf)
    if (task !== undefined) printTask(task, output)
    return WAIT_TIMEOUT_EXIT
  }
}

async function follow(reader: TaskReader, options: WatchCommandOptions, signal: AbortSignal): Promise<void> {
  const { filter, task: taskId, after, output } = options
  const table = output === 'table' ? new LiveTable(process.stdout) : undefined
  const from = after === undefined ? { snapshot: true } : { afterRevision: after }
  try {
    for await (const answer of reader.watch({ filter, taskId, ...from, signal })) {
      if (table === undefined) process.stdout.write(`${jsonOf(WatchTasksResponse, answer)}\n`)
      else show(table, answer)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    table?.end()
  }
}

function show(table: LiveTable, { task, matches, event }: WatchTasksResponse): void {
  if (task === undefined) return
  if (matches) table.put(task)
  else table.remove(task.id, printable(event?.kind ?? ''))
}

async function withReader<T>(options: ClientOptions, work: (reader: TaskReader) => Promise<T>): Promise<T> {
  const reader = new TaskReader({ address: options.grpcAddress, instance: options.instance, ...connectionOf(options) })
  try {
    return await work(reader)
  } finally {
    reader.close()
  }
}

/** Time is up whether or not the server says how the task is. */
function warnOf(error: unknown): undefined {
  process.stderr.write(`taskplane: ${describeError(error)}\n`)
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= 0 && seconds <= MAX_SECONDS) || text.trim() === '') {
    throw new Error(`--timeout ${text}: expected seconds, 0 to ${MAX_SECONDS}`)
  }
  return seconds
}

function readRevision(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new Error(`--after ${text}: expected a revision, a whole number`)
  return BigInt(text)
}
