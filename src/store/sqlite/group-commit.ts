// Gathers writes into batches: while one is on its way to the disk, the next one fills. Under load the batches grow by
// themselves; an idle store writes at once.
import { EventEmitter, once } from 'node:events'
import { CALL_LIMITS, STORE_LIMITS } from '../../limits.js'
import { TaskError } from '../../task/task-error.js'
import type { StoreWatch } from '../../task/store-watch.js'
import type { TaskChange } from '../../task/task-change.js'
import type { WrittenTask } from '../../task/task-store.js'
import type { WriteOutcome } from './writer-protocol.js'

interface QueuedWrite {
  readonly write: TaskChange
  readonly resolve: (task: WrittenTask) => void
  readonly reject: (error: unknown) => void
}

/** The queue before the writer. */
export class GroupCommit {
  private readonly queue: QueuedWrite[] = []
  private batches = 0
  private unsettled = 0
  private readonly idle = new EventEmitter()
  private readonly commit: (writes: readonly TaskChange[]) => Promise<readonly WriteOutcome[]>

  private readonly watch: StoreWatch | undefined

  /** `commit` applies a batch and answers what became of each write, in order. */
  constructor(commit: (writes: readonly TaskChange[]) => Promise<readonly WriteOutcome[]>, watch?: StoreWatch) {
    this.commit = commit
    this.watch = watch
  }

  /** Resolves when `write` is durable. RESOURCE_EXHAUSTED (WRITE_QUEUE_FULL) at once when too many are waiting. */
  write(write: TaskChange): Promise<WrittenTask> {
    if (this.unsettled >= STORE_LIMITS.writeQueue) {
      const details = { retryDelayMs: CALL_LIMITS.retryDelayMs }
      const message = 'Too many writes are waiting; nothing was written'
      return Promise.reject(new TaskError('RESOURCE_EXHAUSTED', 'WRITE_QUEUE_FULL', message, details))
    }
    this.count(1)
    return new Promise<WrittenTask>((resolve, reject) => {
      this.queue.push({ write, resolve, reject })
      // Writes of the same turn go together.
      if (this.queue.length === 1) queueMicrotask(() => this.send())
    }).finally(() => {
      this.count(-1)
      if (this.unsettled === 0) this.idle.emit('idle')
    })
  }

  /** Resolves when every write that was taken has its answer. */
  async drain(): Promise<void> {
    if (this.unsettled > 0) await once(this.idle, 'idle')
  }

  private send(): void {
    while (this.queue.length > 0 && this.batches < STORE_LIMITS.batchesInFlight) {
      void this.sendBatch(this.queue.splice(0, STORE_LIMITS.groupCommit))
    }
  }

  private async sendBatch(batch: readonly QueuedWrite[]): Promise<void> {
    this.batches += 1
    const sent = performance.now()
    try {
      const outcomes = await this.commit(batch.map(({ write }) => write))
      for (const [index, queued] of batch.entries()) settle(queued, outcomes[index])
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.batches -= 1
      this.watch?.onBatch({ writes: batch.length, ms: performance.now() - sent })
      this.send()
    }
  }

  private count(more: 1 | -1): void {
    this.unsettled += more
    this.watch?.onQueue(this.unsettled)
  }
}

function settle({ resolve, reject }: QueuedWrite, outcome: WriteOutcome | undefined): void {
  if (outcome === undefined) reject(new Error('The writer left a write unanswered'))
  else if ('error' in outcome) reject(TaskError.fromData(outcome.error))
  else resolve(outcome.task)
}
