// The SDK of producers, `taskplane/producer`: records a piece of work, keeps its lease while it is done, and records its end.
import { randomUUID } from 'node:crypto'
import type { Any } from '../../gen/google/protobuf/any.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import type { StatusDetail, Task, Task_Outcome } from '../../gen/openshift/v1/task.js'
import { Task as TaskCodec } from '../../gen/openshift/v1/task.js'
import { CallError } from './call-error.js'
import type { ConnectionOptions } from './connection.js'
import { retrying } from './retry.js'
import { isTerminalStatus } from './status.js'
import { TaskplaneClient } from './taskplane-client.js'
import { cut, isLoss, LeaseLost, Work, type WorkKey } from './work.js'

export { CancelRequested, LeaseLost, Work } from './work.js'

/** What a producer is made of. */
export interface TaskProducerOptions extends ConnectionOptions {
  /** `host:port` of the gRPC port. */
  readonly address: string
  /** The service instance (vDC) that the work is done for. */
  readonly instance: string
}

/** What to record of a piece of work; everything of a task that its producer decides. */
export interface WorkToDo extends Partial<Omit<Task, 'command'>> {
  /** Kind of work, such as `cluster.create`. */
  readonly command: string
}

/** How the work is guarded. */
export interface RunOptions {
  /** Milliseconds that this process may be silent before the task fails with OWNER_LOST. 5 s to 24 h. Default: 30,000. */
  readonly ttlMs?: number
  /** How many owners the task may have. Default: 1. */
  readonly maxAttempts?: number
  /** Who does the work, for people. Default: the caller. */
  readonly owner?: string
  /** Milliseconds that recording and starting are tried while the server is away. Default: 60,000. */
  readonly startMs?: number
  /** Milliseconds that the end is reported for while the server is away. Default: 600,000. */
  readonly reportMs?: number
  /** Hears of the task once it is recorded, before the work begins. */
  readonly onRecorded?: (task: Task) => void
  /** Hears that the end could not be recorded at once; it goes on being tried. */
  readonly onDelay?: (error: unknown) => void
  /** Ends that trying. */
  readonly signal?: AbortSignal
}

/** What came of the work. */
export interface WorkResult {
  readonly response?: Any
  /** Default: CLEAN. */
  readonly outcome?: Exclude<Task_Outcome, 'OUTCOME_UNSPECIFIED' | 'UNRECOGNIZED'>
  readonly statusDetails?: StatusDetail[]
}

/** Thrown by the work to say exactly how it failed; anything else thrown becomes UNKNOWN with its message. */
export class WorkFailed extends Error {
  override readonly name = 'WorkFailed'
  readonly code: Exclude<Code, 'OK' | 'UNRECOGNIZED'>
  readonly details: readonly Any[]

  constructor(code: Exclude<Code, 'OK' | 'UNRECOGNIZED'>, message: string, details: readonly Any[] = []) {
    super(message)
    this.code = code
    this.details = details
  }
}

const DEFAULTS = { ttlMs: 30_000, maxAttempts: 1, startMs: 60_000, reportMs: 600_000 } as const
const MESSAGE_LENGTH = 2048
/** Renewals in one `ttl`. */
const HEARTBEATS = 3

/** Records work. */
export class TaskProducer {
  private readonly client: TaskplaneClient
  private readonly instance: string

  constructor({ address, instance, ...connection }: TaskProducerOptions) {
    this.client = new TaskplaneClient(address, connection)
    this.instance = instance
  }

  /**
   * Records `toDo` as a task, starts it, runs `work` under its lease, and records the end: SUCCEEDED when `work` resolves,
   * CANCELLED when it throws after somebody cancelled, FAILED when it throws otherwise. Resolves with the task as it ended,
   * whatever its end; without running `work` when somebody cancelled before it began. Rejects with a CallError when it cannot
   * be recorded (then `work` was not run) or its end cannot be, and with LeaseLost when the work was taken away.
   */
  async run(toDo: WorkToDo, work: (work: Work) => Promise<WorkResult | undefined>, options: RunOptions = {}): Promise<Task> {
    const { ttlMs = DEFAULTS.ttlMs, reportMs = DEFAULTS.reportMs } = options
    const created = await this.record(toDo, options)
    // A token of our own makes the start safe to repeat.
    const key = { serviceInstanceId: this.instance, taskId: created.id, leaseToken: randomUUID() }
    const ended = await this.begin(key, created, options)
    if (ended !== undefined) return ended
    const running = new Work(this.client, key, ttlMs / HEARTBEATS)
    const end = await Promise.resolve(running)
      .then(work) // a throw before its first promise counts as any other
      .then(
        (result) => this.completion(key, result ?? {}),
        (error: unknown) => this.failure(running, error),
      )
      .finally(() => running.close())
    if (running.loss !== undefined) throw running.loss
    return retrying((before) => (before === 0 ? end().catch(lostOrAsItIs) : this.repeated(key, end)), {
      forMs: reportMs,
      signal: options.signal,
      onDelay: options.onDelay,
    })
  }

  /** Ends the connection. */
  close(): void {
    this.client.close()
  }

  private record(toDo: WorkToDo, options: RunOptions): Promise<Task> {
    const { ttlMs = DEFAULTS.ttlMs, maxAttempts = DEFAULTS.maxAttempts, startMs = DEFAULTS.startMs } = options
    const seconds = Math.floor(ttlMs / 1000)
    const ttl = { seconds: BigInt(seconds), nanos: Math.floor((ttlMs - seconds * 1000) * 1_000_000) }
    const request = {
      serviceInstanceId: this.instance,
      task: TaskCodec.create(toDo),
      requestId: randomUUID(),
      leasePolicy: { ttl, maxAttempts },
    }
    return retrying(() => this.client.create(request), { forMs: startMs })
  }

  /** Starts the task; resolves with it when it has ended before that. Work that is not begun does not stay PENDING. */
  private async begin(key: WorkKey, created: Task, options: RunOptions): Promise<Task | undefined> {
    const { startMs = DEFAULTS.startMs, owner = '' } = options
    try {
      options.onRecorded?.(created)
      await retrying(() => this.client.startWithLease({ ...key, owner }), { forMs: startMs })
      return undefined
    } catch (error) {
      // Best effort: what is to be told is why the work did not begin.
      const task = await this.giveUp(key, error).catch(() => undefined)
      if (task?.endReason === 'USER_CANCEL' || task?.endReason === 'DEADLINE') return task
      throw error
    }
  }

  /** The task as it has ended, if need be by failing it: before its start without a token, after it with its own. */
  private async giveUp(key: WorkKey, error: unknown): Promise<Task> {
    const task = await this.client.get(key)
    if (isTerminalStatus(task.status)) return task
    const message = cut(`The work was not begun: ${messageOf(error)}`, MESSAGE_LENGTH)
    const leaseToken = task.status === 'PENDING' ? '' : key.leaseToken
    return this.client.fail({ ...key, leaseToken, error: { code: codeToNumber('ABORTED'), message, details: [] } })
  }

  private completion(key: WorkKey, { response, outcome = 'CLEAN', statusDetails = [] }: WorkResult): () => Promise<Task> {
    return () => this.client.complete({ ...key, response, outcome, statusDetails })
  }

  private failure(running: Work, error: unknown): () => Promise<Task> {
    const { key, signal } = running
    if (signal.aborted && !(error instanceof WorkFailed)) return () => this.client.acknowledgeCancel(key)
    const failed = error instanceof WorkFailed ? error : new WorkFailed('UNKNOWN', messageOf(error))
    const message = cut(failed.message === '' ? failed.name : failed.message, MESSAGE_LENGTH)
    const status = { code: codeToNumber(failed.code), message, details: [...failed.details] }
    return () => this.client.fail({ ...key, error: status })
  }

  /** Reports again. When the first report had arrived after all, the lease is gone and the task says how it ended. */
  private async repeated(key: WorkKey, end: () => Promise<Task>): Promise<Task> {
    try {
      return await end()
    } catch (error) {
      const isGone = error instanceof CallError && error.reason === 'LEASE_LOST'
      const task = isGone ? await this.client.get(key) : undefined
      if (task?.endReason === 'COMPLETED' || task?.endReason === 'PRODUCER_FAILED' || task?.endReason === 'USER_CANCEL') return task
      return lostOrAsItIs(error)
    }
  }
}

/** Throws LeaseLost when the server says that the work belongs to nobody or somebody else, and the error otherwise. */
function lostOrAsItIs(error: unknown): never {
  throw error instanceof CallError && isLoss(error) ? new LeaseLost(error.message) : error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
