// Removes what is past its time: request ids, events, and the ended tasks that a retention policy lets go.
import type Database from 'better-sqlite3'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { STORE_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { agesOf, expiry } from '../sql/retention.js'

interface PolicyRow {
  readonly service_instance_id: string
  readonly encoded: Uint8Array
}

interface EndedRow {
  readonly key: bigint
  readonly task_id: string
  readonly ended_at: bigint
  readonly has_parts: bigint
}

/** Ended tasks of one status that a policy lets go. */
interface EndedTasks {
  readonly instance: string
  readonly status: string
  /** Milliseconds since 1970. */
  readonly before: number
}

/** Finds and removes what is past its time, STORE_LIMITS.purgeRows rows of each kind at most. */
export class Purge {
  private readonly requests: Database.Statement<[number, number]>
  private readonly events: Database.Statement<[number, number]>
  private readonly policies: Database.Statement<[], PolicyRow>
  private readonly endedTasks: Database.Statement<[string, string, number, bigint, bigint, number], EndedRow>
  /** The last task looked at, where there is more. */
  private readonly places = new Map<string, EndedRow>()
  private readonly putPolicy: Database.Statement<[string, Uint8Array]>

  constructor(database: Database.Database) {
    this.requests = database.prepare(purgeSql('create_request', 'made_at'))
    this.events = database.prepare(purgeSql('task_event', 'at'))
    this.policies = database.prepare('SELECT service_instance_id, encoded FROM retention_policy')
    // A task with parts goes after them.
    this.endedTasks = database.prepare(
      'SELECT key, task_id, ended_at, EXISTS (SELECT 1 FROM task AS child' +
        ' WHERE child.service_instance_id = task.service_instance_id' +
        " AND child.parent_task_id <> '' AND child.parent_task_id = task.task_id) AS has_parts" +
        ' FROM task WHERE service_instance_id = ? AND status = ? AND ended_at IS NOT NULL AND ended_at < ?' +
        ' AND (ended_at, key) > (?, ?) ORDER BY ended_at, key LIMIT ?',
    )
    this.putPolicy = database.prepare('INSERT OR REPLACE INTO retention_policy VALUES (?, ?)')
  }

  /** Removes request ids and events. */
  removeOld(now: number): { readonly requests: number; readonly events: number } {
    return {
      requests: this.requests.run(now - STORE_LIMITS.requestIdMemoryMs, STORE_LIMITS.purgeRows).changes,
      events: this.events.run(now - STORE_LIMITS.historyMs, STORE_LIMITS.purgeRows).changes,
    }
  }

  /**
   * The writes that delete tasks past the age that the policy of their instance gives them. Looks at
   * STORE_LIMITS.purgeLooks tasks at most, and goes on behind them the next time.
   */
  expiries(now: number): TaskChange[] {
    const found: TaskChange[] = []
    let looks: number = STORE_LIMITS.purgeLooks
    for (const { service_instance_id: instance, encoded } of this.policies.all()) {
      for (const [status, age] of agesOf(RetentionPolicy.decode(encoded))) {
        if (looks <= 0 || found.length >= STORE_LIMITS.purgeRows) return found
        looks -= this.collect({ instance, status, before: now - age }, looks, found)
      }
    }
    return found
  }

  setPolicy(instance: InstanceId, policy: RetentionPolicy): void {
    this.putPolicy.run(instance, RetentionPolicy.encode(policy).finish())
  }

  /** Adds to `found` until it is full; how many tasks it looked at. */
  private collect({ instance, status, before }: EndedTasks, looks: number, found: TaskChange[]): number {
    const name = `${instance}/${status}`
    const { ended_at, key } = this.places.get(name) ?? { ended_at: -1n, key: -1n }
    const ended = this.endedTasks.all(instance, status, before, ended_at, key, looks)
    for (const [index, task] of ended.entries()) {
      if (found.length >= STORE_LIMITS.purgeRows) return index
      this.places.set(name, task)
      if (task.has_parts === 0n) found.push(expiry(instance, task.task_id))
    }
    // The next look begins anew: what waited for its parts may not any more.
    if (ended.length < looks) this.places.delete(name)
    return ended.length
  }
}

function purgeSql(table: string, column: string): string {
  return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`
}
