// Runs lists: most end in their first step; the others go on step by step, each in a read transaction of its own.
import { LIST_LIMITS, STORE_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import { StepQueue } from '../../task/step-queue.js'
import type { ListQuery, SliceQuery, TaskPage, TaskSlice } from '../../task/task-store.js'
import { openConnection } from './connection.js'
import type { PagedList } from './paged-list.js'
import { ReaderPool } from './reader-pool.js'
import { SqliteTaskReader } from './task-reader.js'

/** Lists tasks of the database file at `path`. */
export class TaskLists {
  private readonly reader: SqliteTaskReader
  private readonly pool: ReaderPool<SqliteTaskReader>
  private readonly steps = new StepQueue()

  /** `reader` is for lists of one step; it may have other uses. */
  constructor(path: string, reader: SqliteTaskReader) {
    this.reader = reader
    const open = (): SqliteTaskReader =>
      new SqliteTaskReader(openConnection(path, { mayWrite: false, cacheKib: STORE_LIMITS.listCacheKib }))
    this.pool = new ReaderPool(STORE_LIMITS.listReaders, open)
  }

  /** A page, read at one revision. Rejects with the reason of `signal`, and with what SQLite throws. */
  async list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage> {
    const first = await this.steps.run(() => this.reader.listInOneStep(instance, query), signal)
    return first ?? this.pool.use((reader) => this.listInSteps(reader.list(instance, query), signal), signal)
  }

  /** A slice, in one step. Rejects as `list` does. */
  slice(query: SliceQuery, signal: AbortSignal): Promise<TaskSlice> {
    return this.steps.run(() => this.reader.slice(query), signal)
  }

  /** Resolves when no list runs any more; they have to be ended by their signals. */
  close(): Promise<void> {
    return this.pool.close()
  }

  private async listInSteps(list: PagedList, signal: AbortSignal): Promise<TaskPage> {
    try {
      for (;;) {
        const page = await this.steps.run(() => list.step(), signal)
        if (page !== undefined) return page
        if (list.scanned >= LIST_LIMITS.scanRows) return list.endShort()
      }
    } finally {
      list.close()
    }
  }
}
