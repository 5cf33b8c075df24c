// The SDK of producers, `taskplane/producer`: records a piece of work, keeps its lease while it is done, and records its end.
import { randomUUID } from 'node:crypto'
import type { Any } from '../../gen/google/protobuf/any.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import type { StatusDetail, Task, Task_Outcome } from '../../gen/openshift/v1/task.js'
import { Task as TaskCodec } from '../../gen/openshift/v1/task.js'
import { CallError } from './call-error.js'
import { retrying } from './retry.js'
import { TaskplaneClient } from './taskplane-client.js'
import { cut, LeaseLost, Work, type WorkKey } from './work.js'

export { CancelRequested, LeaseLost, Work } from './work.js'

/** What a producer is made of. */
export interface TaskProducerOptions {
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

  constructor({ address, instance }: TaskProducerOptions) {
    this.client = new TaskplaneClient(address)
    this.instance = instance
  }

  /**
   * Records `toDo` as a task, starts it, runs `work` under its lease, and records the end: SUCCEEDED when `work` resolves,
   * CANCELLED when it throws after somebody cancelled, FAILED when it throws otherwise. Resolves with the task as it ended,
   * whatever its end. Rejects with a CallError when it cannot be recorded (then `work` was not run) or its end cannot be,
   * and with LeaseLost when the work was taken away.
   */
  async run(toDo: WorkToDo, work: (work: Work) => Promise<WorkResult | undefined>, options: RunOptions = {}): Promise<Task> {
    const { ttlMs = DEFAULTS.ttlMs, reportMs = DEFAULTS.reportMs } = options
    const key = await this.begin(toDo, options)
    const running = new Work(this.client, key, ttlMs / HEARTBEATS)
    const end = await work(running).then(
      (result) => this.completion(key, result ?? {}),
      (error: unknown) => this.failure(running, error),
    )
    await running.close()
    if (running.signal.reason instanceof LeaseLost) throw running.signal.reason
    return retrying((before) => (before === 0 ? end() : this.repeated(key, end)), {
      forMs: reportMs,
      signal: options.signal,
      onDelay: options.onDelay,
    })
  }

  /** Ends the connection. */
  close(): void {
    this.client.close()
  }

  private async begin(toDo: WorkToDo, options: RunOptions): Promise<WorkKey> {
    const { ttlMs = DEFAULTS.ttlMs, maxAttempts = DEFAULTS.maxAttempts, startMs = DEFAULTS.startMs, owner = '' } = options
    const seconds = Math.floor(ttlMs / 1000)
    const ttl = { seconds: BigInt(seconds), nanos: Math.floor((ttlMs - seconds * 1000) * 1_000_000) }
    const request = {
      serviceInstanceId: this.instance,
      task: TaskCodec.create(toDo),
      requestId: randomUUID(),
      leasePolicy: { ttl, maxAttempts },
    }
    const created = await retrying(() => this.client.create(request), { forMs: startMs })
    options.onRecorded?.(created)
    // A token of our own makes the start safe to repeat.
    const key = { serviceInstanceId: this.instance, taskId: created.id, leaseToken: randomUUID() }
    await retrying(() => this.client.startWithLease({ ...key, owner }), { forMs: startMs })
    return key
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
      throw isGone ? new LeaseLost(error.message) : error
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
