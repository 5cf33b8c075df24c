// Writes batches, one transaction each. A batch is of one instance, whose row it takes first: writes of one instance wait for
// each other, on whichever server they are, and those of different instances do not.
import { setTimeout as wait } from 'node:timers/promises'
import { POSTGRES_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { doInTime } from '../sql/steps.js'
import { TaskWriter, type Written } from '../sql/task-writer.js'
import { startBatch } from './batch-start.js'
import { BatchTables } from './batch-tables.js'
import type { Clock } from './clock.js'
import type { Database, Transaction } from './database.js'
import { ConnectionLost, isConflict } from './postgres-error.js'

/** Whatever the database would do by default: after it got its turn, a batch has to see what those before it wrote. */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

/** Writes tasks, their events and request ids. */
export class PostgresTaskWriter {
  private readonly database: Database
  private readonly clock: Clock

  constructor(database: Database, clock: Clock) {
    this.database = database
    this.clock = clock
  }

  /**
   * Applies `writes` to `instance` in order, durably, all at once; one that is refused leaves the others be. Tries again
   * when others were in the way, and once when the connection was lost before anything could have been committed.
   */
  async writeAll(instance: InstanceId, writes: readonly TaskChange[]): Promise<Written> {
    for (let attempt = 1, losses = 0; ; attempt += 1) {
      const doubt = { isInDoubt: false }
      try {
        return await this.attempt(instance, writes, doubt)
      } catch (error) {
        const isLost = error instanceof ConnectionLost && error.isSudden && !doubt.isInDoubt
        if (isLost) losses += 1
        const canTryAgain = isConflict(error) || (isLost && losses === 1)
        if (!canTryAgain || attempt === POSTGRES_LIMITS.attempts) throw error
      }
      await wait(Math.random() * POSTGRES_LIMITS.retryMs * 2 ** (attempt - 1))
    }
  }

  private attempt(instance: InstanceId, writes: readonly TaskChange[], doubt: { isInDoubt: boolean }): Promise<Written> {
    return this.database.transaction(BEGIN, async (transaction: Transaction) => {
      const start = await startBatch(transaction, { instance, writes, clock: this.clock })
      const tables = new BatchTables(transaction, instance, start)
      const written = await doInTime(new TaskWriter(tables, start.servedSince).writeAll(writes))
      if (!tables.hasWritten) return written
      doubt.isInDoubt = true
      await transaction.commit(tables.finish())
      return written
    })
  }
}
