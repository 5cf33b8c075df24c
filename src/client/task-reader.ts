// The SDK of readers, `taskplane/reader`: tasks as they are, and as they change.
import type { ServiceError } from '@grpc/grpc-js'
import { isTerminalStatus } from './status.js'
import type { CountTasksResponse, ListTasksRequest, WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { CallError } from './call-error.js'
import type { ConnectionOptions } from './connection.js'
import { canPass, retrying } from './retry.js'
import { TaskplaneClient } from './taskplane-client.js'

/** What a reader is made of. */
export interface TaskReaderOptions extends ConnectionOptions {
  /** `host:port` of the gRPC port. */
  readonly address: string
  /** The service instance (vDC) whose tasks are read. */
  readonly instance: string
}

/** Which tasks to list. */
export type ListOptions = Partial<Pick<ListTasksRequest, 'filter' | 'orderBy' | 'pageSize'>>

/** What to watch, and until when. */
export interface WatchOptions {
  readonly taskId?: string
  readonly filter?: string
  /** Go on after this revision. Default: what happens from now. */
  readonly afterRevision?: bigint
  /** Begin with the tasks as they are. */
  readonly snapshot?: boolean
  /** Milliseconds of silence after which the stream is opened again; the server says something every 30 s. Default: 75,000. */
  readonly silenceMs?: number
  readonly signal?: AbortSignal
}

/** Milliseconds that a read is tried while the server is away. */
const READ_MS = 60_000
/** Milliseconds that one call waits at the server. */
const WAIT_MS = 50_000n
const SILENCE_MS = 75_000

/** Reads the tasks of one service instance. Methods reject with a CallError. */
export class TaskReader {
  private readonly client: TaskplaneClient
  private readonly serviceInstanceId: string

  constructor({ address, instance, ...connection }: TaskReaderOptions) {
    this.client = new TaskplaneClient(address, connection)
    this.serviceInstanceId = instance
  }

  /** `signal` ends the trying while the server is away: rejects with the CallError of then. */
  get(taskId: string, signal?: AbortSignal): Promise<Task> {
    const { serviceInstanceId } = this
    const settings = signal && { signal }
    return retrying(() => this.client.get({ serviceInstanceId, taskId }, settings), { forMs: READ_MS, signal })
  }

  /** All tasks that match, page by page as they are taken. */
  async *list(options: ListOptions = {}): AsyncGenerator<Task> {
    const { serviceInstanceId } = this
    let pageToken = ''
    do {
      const request = { ...options, serviceInstanceId, pageToken }
      const page = await retrying(() => this.client.list(request), { forMs: READ_MS })
      yield* page.tasks
      pageToken = page.nextPageToken
    } while (pageToken !== '')
  }

  /** How many tasks there are, by status. */
  count(): Promise<CountTasksResponse> {
    const { serviceInstanceId } = this
    return retrying(() => this.client.count({ serviceInstanceId }), { forMs: READ_MS })
  }

  /** The task once it has ended, however long that takes and however often the server is away. */
  async wait(taskId: string, signal?: AbortSignal): Promise<Task> {
    const { serviceInstanceId } = this
    const timeout = { seconds: WAIT_MS / 1000n, nanos: 0 }
    for (;;) {
      signal?.throwIfAborted()
      const patience = { forMs: Infinity, ...(signal && { signal }) }
      const task = await retrying(() => this.client.wait({ serviceInstanceId, taskId, timeout }, patience), patience)
      if (isTerminalStatus(task.status)) return task
    }
  }

  /**
   * What happens, in order, each once. Goes on by itself when the stream ends or the server is away; ends with the reason of
   * `signal`. Throws OUT_OF_RANGE when it was away for longer than the history reaches: begin again with `snapshot`.
   */
  async *watch({ signal, silenceMs = SILENCE_MS, ...options }: WatchOptions = {}): AsyncGenerator<WatchTasksResponse> {
    const { serviceInstanceId } = this
    let after = options.afterRevision
    for (let failures = 0, askedMs = 0; ; ) {
      signal?.throwIfAborted()
      const stream = this.client.watch({ ...options, serviceInstanceId, afterRevision: after })
      const silence = new AbortController()
      const cancel = (): void => stream.cancel()
      const onSilence = (): void => {
        silence.abort()
        stream.cancel()
      }
      let watchdog = setTimeout(onSilence, silenceMs)
      signal?.addEventListener('abort', cancel)
      try {
        for await (const answer of stream as AsyncIterable<WatchTasksResponse>) {
          // A consumer may take its time.
          clearTimeout(watchdog)
          failures = 0
          askedMs = 0
          // A task of the snapshot has none; the bookmark of an instance without history names revision 0.
          if (answer.event !== undefined || answer.task === undefined) after = answer.revision
          yield answer
          watchdog = setTimeout(onSilence, silenceMs)
        }
      } catch (error) {
        signal?.throwIfAborted()
        const failure = CallError.from(error as ServiceError)
        if (!silence.signal.aborted && !canPass(failure)) throw failure
        failures += 1
        askedMs = failure.retryDelayMs
      } finally {
        clearTimeout(watchdog)
        signal?.removeEventListener('abort', cancel)
        stream.cancel()
      }
      await pause(failures, askedMs, signal)
    }
  }

  /** Ends the connection. */
  close(): void {
    this.client.close()
  }
}

/**
 * Waits before the stream is opened again: not at all after one that went well, longer after each that did not, and never
 * less than the server asked for.
 */
async function pause(failures: number, askedMs: number, signal: AbortSignal | undefined): Promise<void> {
  const ms = failures === 0 ? 0 : Math.max(Math.min(50 * 2 ** failures, 2000) * (0.5 + Math.random() / 2), askedMs)
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
