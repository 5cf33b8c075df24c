// Removes what is past its time: request ids, events, and the ended tasks that a retention policy lets go.
import type Database from 'better-sqlite3'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { STORE_LIMITS } from '../../limits.js'
import { toMilliseconds } from '../../task/duration.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'

interface PolicyRow {
  readonly service_instance_id: string
  readonly encoded: Uint8Array
}

/** Finds and removes what is past its time, STORE_LIMITS.purgeRows rows of each kind at most. */
export class Purge {
  private readonly requests: Database.Statement<[number, number]>
  private readonly events: Database.Statement<[number, number]>
  private readonly policies: Database.Statement<[], PolicyRow>
  private readonly endedTasks: Database.Statement<[string, string, number, number], string>
  private readonly putPolicy: Database.Statement<[string, Uint8Array]>

  constructor(database: Database.Database) {
    this.requests = database.prepare(purgeSql('create_request', 'made_at'))
    this.events = database.prepare(purgeSql('task_event', 'at'))
    this.policies = database.prepare('SELECT service_instance_id, encoded FROM retention_policy')
    // A task with parts goes after them.
    this.endedTasks = database
      .prepare<[string, string, number, number], string>(
        'SELECT task_id FROM task WHERE service_instance_id = ? AND status = ? AND ended_at IS NOT NULL AND ended_at < ?' +
          " AND NOT EXISTS (SELECT 1 FROM task AS child WHERE child.service_instance_id = task.service_instance_id" +
          " AND child.parent_task_id <> '' AND child.parent_task_id = task.task_id) ORDER BY ended_at LIMIT ?",
      )
      .pluck()
    this.putPolicy = database.prepare('INSERT OR REPLACE INTO retention_policy VALUES (?, ?)')
  }

  /** Removes request ids and events. */
  removeOld(now: number): { readonly requests: number; readonly events: number } {
    return {
      requests: this.requests.run(now - STORE_LIMITS.requestIdMemoryMs, STORE_LIMITS.purgeRows).changes,
      events: this.events.run(now - STORE_LIMITS.historyMs, STORE_LIMITS.purgeRows).changes,
    }
  }

  /** The writes that delete tasks past the age that the policy of their instance gives them. */
  expiries(now: number): TaskChange[] {
    return this.policies.all().flatMap((row) => this.expiriesOf(row, now)).slice(0, STORE_LIMITS.purgeRows)
  }

  setPolicy(instance: InstanceId, policy: RetentionPolicy): void {
    this.putPolicy.run(instance, RetentionPolicy.encode(policy).finish())
  }

  private expiriesOf({ service_instance_id: instance, encoded }: PolicyRow, now: number): TaskChange[] {
    const { succeededAge, failedAge, cancelledAge } = RetentionPolicy.decode(encoded)
    const ages = { SUCCEEDED: succeededAge, FAILED: failedAge, CANCELLED: cancelledAge }
    return Object.entries(ages).flatMap(([status, age]) => {
      if (age === undefined) return []
      const ids = this.endedTasks.all(instance, status, now - toMilliseconds(age), STORE_LIMITS.purgeRows)
      return ids.map((id) => ({
        instance: instance as InstanceId,
        taskId: id as TaskId,
        actor: 'taskplane',
        etag: '',
        change: { kind: 'expire' as const },
      }))
    })
  }
}

function purgeSql(table: string, column: string): string {
  return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`
}
