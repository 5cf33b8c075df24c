// Reads tasks and the history of instances, always from the primary: every acknowledged write is in it.
import type { TaskEvent } from '../../../gen/openshift/v1/task_event.js'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { LIST_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { EventQuery, HistoryRange, StoredEvent, StoredTask, TaskCounts } from '../../task/task-store.js'
import { EVENT_COLUMNS, eventOf, type EventRow } from '../sql/event-row.js'
import { countsOf, type CountRow } from '../sql/task-count.js'
import { encodedTask, type EncodedRow } from '../sql/task-row.js'
import type { Connection, Statement } from './database.js'

interface TaskRow extends EncodedRow {
  readonly revision: bigint
}

interface RangeRow {
  readonly head: bigint
  readonly first: bigint | null
}

type CountsRow = { readonly revision: bigint } & (CountRow | { readonly status: null })

/** Events of an instance, or of one of its tasks, until those before have so many bytes. */
function eventsSql(name: string, ofTask: string): Statement {
  const before = 'sum(octet_length(encoded)) OVER (ORDER BY revision ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)'
  const found =
    `SELECT ${EVENT_COLUMNS}, ${before} AS before FROM task_event` +
    ` WHERE service_instance_id = $1 AND revision > $2${ofTask} ORDER BY revision LIMIT $3`
  return { name, text: `SELECT ${EVENT_COLUMNS} FROM (${found}) AS found WHERE COALESCE(before, 0) <= $4 ORDER BY revision` }
}

const READ_TASK: Statement = {
  name: 'read_task',
  text: 'SELECT encoded, lease, revision FROM task WHERE service_instance_id = $1 AND task_id = $2',
}
const READ_EVENTS = eventsSql('read_events', '')
const READ_TASK_EVENTS = eventsSql('read_task_events', ' AND task_id = $5')
const READ_LAST_EVENT: Statement = {
  name: 'read_last_event',
  text: `SELECT ${EVENT_COLUMNS} FROM task_event WHERE service_instance_id = $1 AND task_id = $2 ORDER BY revision DESC LIMIT 1`,
}
const READ_TASK_AT: Statement = {
  name: 'read_task_at',
  text: 'SELECT encoded FROM task_event WHERE service_instance_id = $1 AND revision = $2',
}
const READ_RANGE: Statement = {
  name: 'read_range',
  text:
    'SELECT revision AS head, (SELECT min(revision) FROM task_event WHERE service_instance_id = $1) AS first' +
    ' FROM service_instance WHERE service_instance_id = $1',
}
const READ_COUNTS: Statement = {
  name: 'read_counts',
  text:
    'SELECT instance.revision, number.status, number.total, number.roots FROM service_instance AS instance' +
    ' LEFT JOIN task_count AS number ON number.service_instance_id = $1 WHERE instance.service_instance_id = $1',
}
const READ_POLICY: Statement = {
  name: 'read_policy',
  text: 'SELECT encoded FROM retention_policy WHERE service_instance_id = $1',
}

/** The one read that does not know the instance. */
const READ_HOLDERS: Statement = { name: 'read_holders', text: 'SELECT service_instance_id AS instance FROM task WHERE task_id = $1' }

/** All that are about an instance, for who looks at their plans. */
export const EVERY_READ = {
  READ_TASK,
  READ_EVENTS,
  READ_TASK_EVENTS,
  READ_LAST_EVENT,
  READ_TASK_AT,
  READ_RANGE,
  READ_COUNTS,
  READ_POLICY,
} as const

/** Reads, one statement each. */
export class PostgresTaskReader {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  async get(instance: InstanceId, id: TaskId): Promise<StoredTask | undefined> {
    const [row] = await this.connection.rows<TaskRow>(READ_TASK, [instance, id])
    return row && { encoded: encodedTask(row), revision: row.revision }
  }

  async locate(id: TaskId, instances: readonly InstanceId[] | undefined): Promise<InstanceId | undefined> {
    const holders = await this.connection.rows<{ readonly instance: InstanceId }>(READ_HOLDERS, [id])
    return holders.find(({ instance }) => instances?.includes(instance) ?? true)?.instance
  }

  async events(instance: InstanceId, { taskId, after, limit, bytes = LIST_LIMITS.pageBytes }: EventQuery): Promise<StoredEvent[]> {
    const values = [instance, after, limit, bytes]
    const rows =
      taskId === undefined
        ? await this.connection.rows<EventRow>(READ_EVENTS, values)
        : await this.connection.rows<EventRow>(READ_TASK_EVENTS, [...values, taskId])
    return rows.map(eventOf)
  }

  async lastEvent(instance: InstanceId, id: TaskId): Promise<TaskEvent | undefined> {
    const [row] = await this.connection.rows<EventRow>(READ_LAST_EVENT, [instance, id])
    return row && eventOf(row).event
  }

  async taskAt(instance: InstanceId, revision: bigint): Promise<Uint8Array | undefined> {
    const [row] = await this.connection.rows<EncodedRow>(READ_TASK_AT, [instance, revision])
    return row?.encoded
  }

  async history(instance: InstanceId): Promise<HistoryRange> {
    const [{ head, first } = { head: 0n, first: null }] = await this.connection.rows<RangeRow>(READ_RANGE, [instance])
    return { head, oldest: first === null ? head : first - 1n }
  }

  async counts(instance: InstanceId): Promise<TaskCounts> {
    const rows = await this.connection.rows<CountsRow>(READ_COUNTS, [instance])
    return countsOf(rows.filter(hasNumbers), rows[0]?.revision ?? 0n)
  }

  async retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    const [row] = await this.connection.rows<EncodedRow>(READ_POLICY, [instance])
    return RetentionPolicy.decode(row?.encoded ?? new Uint8Array())
  }
}

/** An instance of which no task was ever written has none. */
function hasNumbers(row: CountsRow): row is CountsRow & CountRow {
  return row.status !== null
}
