// Commits that were sent and whose answer was lost. Who gets the row of the instance afterwards knows: the transaction that had it is
// over then, and its last event is there or it is not.
import type { InstanceId } from '../../task/identifiers.js'
import type { Written } from '../sql/task-writer.js'
import type { EventColumns } from '../sql/writer-tables.js'
import { LOCK_INSTANCE } from './batch-statements.js'
import { BEGIN_WRITING, type Database, type Statement } from './database.js'

/** A commit that was sent. */
export interface SentCommit {
  readonly instance: InstanceId
  /** Number of the transaction. */
  readonly transaction: string
  /** Its last event. Another transaction can have taken its revision, and after a crash of the database even the number. */
  readonly event: EventColumns
  readonly written: Written
}

const FIND_COMMIT: Statement = {
  name: 'find_commit',
  text:
    'SELECT revision FROM task_event WHERE service_instance_id = $1 AND revision = $2 AND xmin = $3::xid' +
    ' AND task_id = $4 AND at = $5 AND encoded = $6',
}

/** The commits that are in doubt, of an instance one at most: its batches follow each other. */
export class CommitDoubts {
  private readonly database: Database
  private readonly onCommitted: (written: Written) => void
  private readonly doubts = new Map<InstanceId, SentCommit>()

  /** `onCommitted` hears of each that turns out to have been made. */
  constructor(database: Database, onCommitted: (written: Written) => void) {
    this.database = database
    this.onCommitted = onCommitted
  }

  add(commit: SentCommit): void {
    this.doubts.set(commit.instance, commit)
  }

  /**
   * Finds out about the commit of `instance` that is in doubt. What it wrote, when it was made; undefined when nothing of it was done,
   * or none is in doubt. Throws when the database cannot say: the doubt stays.
   */
  async settle(instance: InstanceId): Promise<Written | undefined> {
    const commit = this.doubts.get(instance)
    if (commit === undefined) return undefined
    const isMade = await this.database.insist(() => this.isMade(commit))
    // Somebody else may have found out meanwhile.
    if (this.doubts.get(instance) === commit) {
      this.doubts.delete(instance)
      if (isMade) this.onCommitted(commit.written)
    }
    return isMade ? commit.written : undefined
  }

  /** Finds out about all that are in doubt. Throws as `settle`. */
  async settleAll(): Promise<void> {
    for (const instance of this.doubts.keys()) await this.settle(instance)
  }

  private isMade({ instance, transaction: number, event: { revision, task_id, at, encoded } }: SentCommit): Promise<boolean> {
    return this.database.transaction(BEGIN_WRITING, async (transaction) => {
      const [, found] = await Promise.all([
        transaction.rows(LOCK_INSTANCE, [instance]),
        transaction.rows(FIND_COMMIT, [instance, revision, number, task_id, at, encoded]),
      ])
      // To commit, not to roll back, waits for the disks that the commit in doubt may still have to reach.
      await transaction.commit()
      return found.length > 0
    })
  }
}
