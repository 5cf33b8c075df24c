// Writes batches, one transaction each. A batch is of one instance, whose row it takes first: writes of one instance wait for
// each other, on whichever server they are, and those of different instances do not.
import { setTimeout as wait } from 'node:timers/promises'
import { POSTGRES_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { doInTime } from '../sql/steps.js'
import { TaskWriter, type WriteResult, type Written } from '../sql/task-writer.js'
import { startBatch } from './batch-start.js'
import { BatchTables } from './batch-tables.js'
import type { Clock } from './clock.js'
import { CommitDoubts } from './commit-doubts.js'
import { BEGIN_WRITING, type Database } from './database.js'
import { ConnectionLost, isConflict } from './postgres-error.js'

/** What a writer works with. */
export interface WriterParts {
  readonly database: Database
  readonly clock: Clock
  /** Hears of every batch that was committed, once it is known. */
  readonly onCommitted: (written: Written) => void
}

/** Writes tasks, their events and request ids. */
export class PostgresTaskWriter {
  private readonly parts: WriterParts
  private readonly doubts: CommitDoubts

  constructor(parts: WriterParts) {
    this.parts = parts
    this.doubts = new CommitDoubts(parts.database, parts.onCommitted)
  }

  /**
   * Applies `writes` to `instance` in order, durably, all at once; one that is refused leaves the others be. Tries again when
   * others were in the way, and once when the connection was lost and nothing was committed.
   */
  async writeAll(instance: InstanceId, writes: readonly TaskChange[]): Promise<readonly WriteResult[]> {
    for (let attempt = 1, losses = 0; ; attempt += 1) {
      try {
        // What an earlier batch did has to be known first: the audit log has the revisions in their order.
        await this.doubts.settle(instance)
        return await this.attempt(instance, writes)
      } catch (error) {
        const isLost = error instanceof ConnectionLost && error.isSudden
        const made = isLost ? await this.settleAfter(error, instance) : undefined
        if (made !== undefined) return made.results
        if (isLost) losses += 1
        const canTryAgain = isConflict(error) || (isLost && losses === 1)
        if (!canTryAgain || attempt === POSTGRES_LIMITS.attempts) throw error
      }
      await wait(Math.random() * POSTGRES_LIMITS.retryMs * 2 ** (attempt - 1))
    }
  }

  /** Finds out what became of commits whose answer was lost. Throws when the database cannot say yet. */
  settleDoubts(): Promise<void> {
    return this.doubts.settleAll()
  }

  /** What the lost commit wrote, if it was made. Throws `error` when that cannot be found out now. */
  private async settleAfter(error: Error, instance: InstanceId): Promise<Written | undefined> {
    try {
      return await this.doubts.settle(instance)
    } catch {
      throw error
    }
  }

  private attempt(instance: InstanceId, writes: readonly TaskChange[]): Promise<readonly WriteResult[]> {
    const { database, clock, onCommitted } = this.parts
    return database.transaction(BEGIN_WRITING, async (transaction) => {
      const start = await startBatch(transaction, { instance, writes, clock })
      const tables = new BatchTables(transaction, instance, start)
      const written = await doInTime(new TaskWriter(tables, start.servedSince).writeAll(writes))
      if (!tables.hasWritten) return written.results
      const event = tables.lastEvent
      try {
        await transaction.commit(tables.finish())
      } catch (error) {
        // Renewals alone can be made again.
        if (error instanceof ConnectionLost && event !== undefined) {
          this.doubts.add({ instance, transaction: start.transaction, event, written })
        }
        throw error
      }
      onCommitted(written)
      return written.results
    })
  }
}
