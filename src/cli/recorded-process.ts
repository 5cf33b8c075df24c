// The task that stands for a process: what is recorded of it when it is made, starts, goes on and ends.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { Task, type Task_Status } from '../../gen/openshift/v1/task.js'
import { ProcessMetadata, ProcessResult } from '../../gen/taskplane/run/v1/process.js'
import { packAny } from '../base/any.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import type { ProcessEnd } from './child-process.js'
import type { ProgressLine } from './progress-lines.js'
import { redactArguments } from './redact-arguments.js'
import { isRefusedIn } from './until-reported.js'
import { userName } from './user-name.js'

/** What is run, and what is said of it. */
export interface ProcessToRecord {
  readonly instance: string
  readonly program: string
  readonly arguments: readonly string[]
  /** What the task says beside its metadata. */
  readonly task: Pick<Task, 'command' | 'summary' | 'service' | 'createdBy' | 'labels'>
}

const ERROR_DOMAIN = 'taskplane.run'
const TITLE_LENGTH = 40
const DETAIL_LENGTH = 511
const MESSAGE_LENGTH = 512

/** What is asked of the server. */
type Recorder = Pick<TaskplaneClient, 'create' | 'update' | 'start' | 'complete' | 'fail'>

/** Statuses of a task that has started. */
export const STARTED: readonly Task_Status[] = ['RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING']
const ENDED: readonly Task_Status[] = ['SUCCEEDED', 'FAILED', 'CANCELLED']

/** The status that a task has once the end of its process is recorded. */
export function statusAfter({ exitCode }: ProcessEnd): Task_Status {
  return exitCode === 0 ? 'SUCCEEDED' : 'FAILED'
}

/** A task on the server, and the process it stands for. Every method rejects with a CallError. */
export class RecordedProcess {
  readonly taskId: string
  private readonly client: Recorder
  private readonly process: ProcessToRecord
  private hasStarted = false

  private constructor(client: Recorder, process: ProcessToRecord, taskId: string) {
    this.client = client
    this.process = process
    this.taskId = taskId
  }

  /** Records the process before it starts, so that none runs unrecorded. */
  static async create(client: Recorder, process: ProcessToRecord): Promise<RecordedProcess> {
    const createdBy = process.task.createdBy === '' ? userName() : process.task.createdBy
    const task = Task.create({ ...process.task, createdBy, metadata: packAny(ProcessMetadata, metadataOf(process, 0)) })
    const created = await client.create({ serviceInstanceId: process.instance, task, requestId: randomUUID() })
    return new RecordedProcess(client, process, created.id)
  }

  /** The process runs. The start comes last: when it is refused on a repetition, all of this has arrived. */
  async started(pid: number): Promise<void> {
    const task = Task.create({ metadata: packAny(ProcessMetadata, metadataOf(this.process, pid)) })
    await this.client.update({ ...this.key(), task, updateMask: ['metadata'] })
    await this.client.start({ ...this.key(), etag: '' })
    this.hasStarted = true
  }

  /** The process said how far it is. */
  async progressed({ percent, text }: ProgressLine): Promise<void> {
    const detail = { type: 'progress', title: cut(text, TITLE_LENGTH), detail: cut(text, DETAIL_LENGTH) }
    const task = Task.create({ progressPercent: percent, statusDetails: text === '' ? [] : [detail] })
    await this.client.update({ ...this.key(), task, updateMask: ['progress_percent', 'status_details'] })
  }

  /** The process `pid` ended. A start that never arrived is made up for. */
  async ended(pid: number, end: ProcessEnd): Promise<void> {
    if (!this.hasStarted) await this.startedAlready(pid)
    const result = packAny(ProcessResult, resultOf(end))
    if (end.exitCode === 0) {
      await this.client.complete({ ...this.key(), etag: '', response: result, outcome: 'CLEAN', statusDetails: [] })
      return
    }
    const { signal } = end
    const how = signal === undefined ? `exited with code ${end.exitCode ?? ''}` : `was ended by ${signal}`
    const reason = signal === undefined ? 'PROCESS_EXITED' : 'PROCESS_SIGNALLED'
    const facts = signal === undefined ? { exitCode: String(end.exitCode) } : { signal }
    await this.fail(signal === undefined ? 'UNKNOWN' : 'ABORTED', `${this.process.program} ${how}`, [
      packAny(ErrorInfo, { reason, domain: ERROR_DOMAIN, metadata: facts }),
      result,
    ])
  }

  /** The process could not be started. */
  async notStarted(error: NodeJS.ErrnoException): Promise<void> {
    const code = error.code === 'ENOENT' ? 'NOT_FOUND' : 'FAILED_PRECONDITION'
    const metadata = { errno: error.code ?? '' }
    await this.fail(code, `${this.process.program} could not be started: ${error.code ?? error.message}`, [
      packAny(ErrorInfo, { reason: 'PROCESS_NOT_STARTED', domain: ERROR_DOMAIN, metadata }),
    ])
  }

  private async startedAlready(pid: number): Promise<void> {
    try {
      await this.started(pid)
    } catch (error) {
      if (!isRefusedIn(error, [...STARTED, ...ENDED])) throw error
      this.hasStarted = true
    }
  }

  private async fail(code: Code, message: string, details: ReturnType<typeof packAny>[]): Promise<void> {
    const error = { code: codeToNumber(code), message: cut(message, MESSAGE_LENGTH), details }
    await this.client.fail({ ...this.key(), etag: '', error, statusDetails: [] })
  }

  private key(): { serviceInstanceId: string; taskId: string } {
    return { serviceInstanceId: this.process.instance, taskId: this.taskId }
  }
}

function metadataOf({ program, arguments: args }: ProcessToRecord, processId: number): ProcessMetadata {
  return { program, arguments: redactArguments(args), host: hostname(), processId }
}

function resultOf({ exitCode, signal, durationMs }: ProcessEnd): ProcessResult {
  const seconds = Math.floor(durationMs / 1000)
  const duration = { seconds: BigInt(seconds), nanos: Math.floor((durationMs - seconds * 1000) * 1_000_000) }
  return { exitCode, signal: signal ?? '', duration }
}

/** At most `length` characters, without splitting one. */
function cut(text: string, length: number): string {
  const characters = Array.from(text)
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
