// Looks for what time has made due, once a second whatever the number of servers: each takes a turn when nobody else just has.
// That a task is due is decided again by whoever writes, within the turn of its instance: so each effect comes once.
import { LEASE_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { ownWrite } from '../sql/task-writer.js'
import type { Clock } from './clock.js'
import type { Database, Statement } from './database.js'

interface DueRow {
  readonly service_instance_id: InstanceId
  readonly task_id: TaskId
}

const FIND_DUE: Statement = {
  name: 'find_due',
  text:
    'SELECT service_instance_id, task_id FROM task WHERE due_at IS NOT NULL AND due_at <= $1' +
    ' ORDER BY due_at, created_revision LIMIT $2',
}

/** What a sweeper works with. */
export interface SweeperParts {
  readonly database: Database
  readonly clock: Clock
  readonly write: (change: TaskChange) => Promise<unknown>
  /** Has what is due left to others from then on. */
  readonly signal: AbortSignal
}

/** Does what is due. */
export class Sweeper {
  private readonly parts: SweeperParts

  constructor(parts: SweeperParts) {
    this.parts = parts
  }

  /** Does what is due when it is this server's turn. */
  async takeTurn(): Promise<void> {
    const times = await this.parts.database.use((connection) => this.parts.clock.turn(connection))
    if (times !== undefined) await this.sweep(times.now)
  }

  /** Does what is due at `now`. */
  async sweep(now: number): Promise<void> {
    for (let isDone = false; !isDone && !this.parts.signal.aborted; ) {
      const due = await this.parts.database.rows<DueRow>(FIND_DUE, [now, LEASE_LIMITS.sweepTasks])
      const written = due.map(({ service_instance_id, task_id }) => this.parts.write(ownWrite(service_instance_id, task_id, { kind: 'due' })))
      const outcomes = await Promise.allSettled(written)
      // What could not be written is due still, and looked for again with the next turn.
      isDone = due.length < LEASE_LIMITS.sweepTasks || outcomes.every(({ status }) => status === 'rejected')
    }
  }
}
