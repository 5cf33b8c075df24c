// Removes what is past its time. Ended tasks go one by one, as any write; events and request ids go a whole part at a time,
// which costs the same however many rows are in it and leaves nothing behind to be cleaned up.
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { POSTGRES_LIMITS, STORE_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { agesOf, expiry } from '../sql/retention.js'
import type { Database, Statement } from './database.js'
import { slotAfter } from './log-slots.js'
import { isConflict } from './postgres-error.js'

interface PolicyRow {
  readonly service_instance_id: string
  readonly encoded: Uint8Array
}

interface EndedRow {
  readonly task_id: string
  readonly ended_at: bigint
  readonly created_revision: bigint
  readonly has_parts: boolean
}

/** Ended tasks of one status that a policy lets go. */
interface EndedTasks {
  readonly instance: string
  readonly status: string
  /** Milliseconds since 1970. */
  readonly before: number
}

const READ_POLICIES: Statement = { name: 'read_policies', text: 'SELECT service_instance_id, encoded FROM retention_policy' }
const PUT_POLICY: Statement = {
  name: 'put_policy',
  text: 'INSERT INTO retention_policy VALUES ($1, $2) ON CONFLICT (service_instance_id) DO UPDATE SET encoded = excluded.encoded',
}
// A task with parts goes after them.
const FIND_ENDED: Statement = {
  name: 'find_ended',
  text:
    'SELECT task_id, ended_at, created_revision, EXISTS (SELECT 1 FROM task AS child WHERE child.service_instance_id = $1' +
    " AND child.parent_task_id <> '' AND child.parent_task_id = task.task_id) AS has_parts" +
    ' FROM task WHERE service_instance_id = $1 AND status = $2 AND ended_at IS NOT NULL AND ended_at < $3' +
    ' AND (ended_at, created_revision) > ($4, $5) ORDER BY ended_at, created_revision LIMIT $6',
}
/** The part of a log whose turn is next, in every hash partition where there is anything in it. */
const FIND_PARTS: Statement = {
  name: 'find_parts',
  text:
    'SELECT tree.relid::regclass::text AS name FROM pg_partition_tree($1::text::regclass) AS tree' +
    String.raw` WHERE tree.isleaf AND tree.relid::regclass::text LIKE '%\_s' || $2 AND pg_relation_size(tree.relid) > 0`,
}
/** Lets the index of a part know the times of all its rows. */
const SUMMARIZE: Statement = {
  name: 'summarize',
  text:
    'SELECT brin_summarize_new_values(index.indexrelid) FROM pg_index AS index JOIN pg_class ON pg_class.oid = index.indexrelid' +
    " JOIN pg_am ON pg_am.oid = pg_class.relam WHERE index.indrelid = $1::text::regclass AND pg_am.amname = 'brin'",
}
// No statistics say how old the rows are: left to itself, PostgreSQL might read all of them.
const emptying = (): Statement => ({ text: `SET LOCAL enable_seqscan = off; SET LOCAL lock_timeout = ${POSTGRES_LIMITS.truncateLockMs}` })

/** The logs, when their rows were made, and the milliseconds that they are kept. */
const logs = (): { readonly table: string; readonly column: string; readonly keptMs: number }[] => [
  { table: 'task_event', column: 'at', keptMs: STORE_LIMITS.historyMs },
  { table: 'create_request', column: 'made_at', keptMs: STORE_LIMITS.requestIdMemoryMs },
]

/** Finds and removes what is past its time. */
export class Purge {
  private readonly database: Database
  /** The last task looked at, where there is more. */
  private readonly places = new Map<string, EndedRow>()

  constructor(database: Database) {
    this.database = database
  }

  /** Empties the parts of the logs whose turn is next, where they hold nothing younger than they have to keep at `now`. */
  async emptyLogs(now: number): Promise<void> {
    for (const { table, column, keptMs } of logs()) {
      const parts = await this.database.rows<{ name: string }>(FIND_PARTS, [table, String(slotAfter(now))])
      for (const { name } of parts) await this.emptyPart({ name, column, before: now - keptMs })
    }
  }

  /**
   * The writes that delete tasks past the age that the policy of their instance gives them. Looks at
   * STORE_LIMITS.purgeLooks tasks at most, and goes on behind them the next time. Other servers may find the same.
   */
  async expiries(now: number): Promise<TaskChange[]> {
    const found: TaskChange[] = []
    let looks: number = STORE_LIMITS.purgeLooks
    for (const { service_instance_id: instance, encoded } of await this.database.rows<PolicyRow>(READ_POLICIES)) {
      for (const [status, age] of agesOf(RetentionPolicy.decode(encoded))) {
        if (looks <= 0 || found.length >= STORE_LIMITS.purgeRows) return found
        looks -= await this.collect({ instance, status, before: now - age }, looks, found)
      }
    }
    return found
  }

  async setPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    await this.database.use((connection) => connection.rows(PUT_POLICY, [instance, RetentionPolicy.encode(policy).finish()]))
  }

  /** Adds to `found` until it is full; how many tasks it looked at. */
  private async collect({ instance, status, before }: EndedTasks, looks: number, found: TaskChange[]): Promise<number> {
    const name = `${instance}/${status}`
    const { ended_at, created_revision } = this.places.get(name) ?? { ended_at: -1n, created_revision: -1n }
    const limit = Math.min(looks, STORE_LIMITS.purgeRows)
    const ended = await this.database.rows<EndedRow>(FIND_ENDED, [instance, status, before, ended_at, created_revision, limit])
    for (const [index, task] of ended.entries()) {
      if (found.length >= STORE_LIMITS.purgeRows) return index
      this.places.set(name, task)
      if (!task.has_parts) found.push(expiry(instance, task.task_id))
    }
    // The next look begins anew: what waited for its parts may not any more.
    if (ended.length < limit) this.places.delete(name)
    return ended.length
  }

  private async emptyPart({ name, column, before }: { readonly name: string; readonly column: string; readonly before: number }): Promise<void> {
    const find: Statement = { text: `SELECT EXISTS (SELECT 1 FROM ${name} WHERE ${column} >= $1) AS needed` }
    try {
      await this.database.rows(SUMMARIZE, [name])
      await this.database.transaction('BEGIN ISOLATION LEVEL READ COMMITTED', async (transaction) => {
        const isNeeded = async (): Promise<boolean> => (await transaction.rows<{ needed: boolean }>(find, [before]))[0]?.needed !== false
        await transaction.rows(emptying())
        if (await isNeeded()) return
        await transaction.rows({ text: `LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE` })
        // Only now can nobody write to it any more.
        if (await isNeeded()) return
        await transaction.commit([transaction.rows({ text: `TRUNCATE ${name}` })])
      })
    } catch (error) {
      // Somebody reads it; there is another purge in a minute.
      if (!isConflict(error)) throw error
    }
  }
}
