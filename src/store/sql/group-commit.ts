// Gathers writes into batches: while one is on its way to the disk, the next one fills. Under load the batches grow by
// themselves; an idle store writes at once.
import { EventEmitter, once } from 'node:events'
import { CALL_LIMITS, STORE_LIMITS } from '../../limits.js'
import { TaskError } from '../../task/task-error.js'
import type { StoreWatch } from '../../task/store-watch.js'
import type { TaskChange } from '../../task/task-change.js'
import type { WrittenTask } from '../../task/task-store.js'
import type { WriteResult } from './task-writer.js'

interface QueuedWrite {
  readonly write: TaskChange
  readonly resolve: (task: WrittenTask) => void
  readonly reject: (error: unknown) => void
}

/** Which writes share batches, and how many batches are on their way at once. */
export interface Lanes {
  /** Name of the lane of a write: a batch is of one lane. */
  readonly laneOf: (write: TaskChange) => string
  readonly perLane: number
  readonly inAll: number
}

interface Lane {
  readonly queue: QueuedWrite[]
  batches: number
}

/** Applies a batch; what became of each write, in order. */
export type CommitBatch = (writes: readonly TaskChange[]) => Promise<readonly WriteResult[]>

/** The queue before the writer. */
export class GroupCommit {
  private readonly lanes = new Map<string, Lane>()
  private readonly limits: Lanes
  private readonly commit: CommitBatch
  private readonly watch: StoreWatch | undefined
  private readonly idle = new EventEmitter()
  private batches = 0
  private unsettled = 0
  private isSending = false

  /** `watch` hears of the batches and of how many writes wait. Default: nobody. */
  constructor(commit: CommitBatch, limits: Lanes, watch?: StoreWatch) {
    this.commit = commit
    this.limits = limits
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
      this.laneOf(write).queue.push({ write, resolve, reject })
      // Writes of the same turn go together.
      if (!this.isSending) queueMicrotask(() => this.send())
      this.isSending = true
    }).finally(() => {
      this.count(-1)
      if (this.unsettled === 0) this.idle.emit('idle')
    })
  }

  /** Resolves when every write that was taken has its answer. */
  async drain(): Promise<void> {
    if (this.unsettled > 0) await once(this.idle, 'idle')
  }

  private laneOf(write: TaskChange): Lane {
    const name = this.limits.laneOf(write)
    const lane = this.lanes.get(name) ?? { queue: [], batches: 0 }
    this.lanes.set(name, lane)
    return lane
  }

  /** Lanes take turns: one that has sent a batch goes behind the others. */
  private send(): void {
    this.isSending = false
    for (const [name, lane] of this.lanes) {
      while (lane.queue.length > 0 && lane.batches < this.limits.perLane && this.batches < this.limits.inAll) {
        this.lanes.delete(name)
        this.lanes.set(name, lane)
        void this.sendBatch(lane, lane.queue.splice(0, STORE_LIMITS.groupCommit))
      }
      if (lane.queue.length === 0 && lane.batches === 0) this.lanes.delete(name)
      if (this.batches >= this.limits.inAll) return
    }
  }

  private async sendBatch(lane: Lane, batch: readonly QueuedWrite[]): Promise<void> {
    this.batches += 1
    lane.batches += 1
    const sent = performance.now()
    try {
      const results = await this.commit(batch.map(({ write }) => write))
      for (const [index, queued] of batch.entries()) settle(queued, results[index])
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.batches -= 1
      lane.batches -= 1
      this.watch?.onBatch({ writes: batch.length, ms: performance.now() - sent })
      this.send()
    }
  }

  private count(more: 1 | -1): void {
    this.unsettled += more
    this.watch?.onQueue(this.unsettled)
  }
}

function settle({ resolve, reject }: QueuedWrite, result: WriteResult | undefined): void {
  if (result === undefined) reject(new Error('The writer left a write unanswered'))
  else if (result instanceof TaskError) reject(result)
  else resolve(result)
}
