// What a batch begins with: the row of its instance, which nobody else has meanwhile, and all that the batch names.
import type { InstanceId } from '../../task/identifiers.js'
import type { TaskChange, WriteTime } from '../../task/task-change.js'
import type { MadeRequest } from '../../task/write-plan.js'
import type { RecordRow } from '../sql/task-row.js'
import { FIND_PARENTS, FIND_REQUESTS, FIND_TASKS, LOCK_INSTANCE, MAKE_INSTANCE } from './batch-statements.js'
import type { Clock } from './clock.js'
import type { Connection, Statement } from './database.js'

/** A task as the writer reads it. */
export interface TaskRow extends RecordRow {
  readonly task_id: string
  readonly created_revision: bigint
}

/** A task that has children. */
export interface ParentRow {
  readonly task_id: string
  readonly is_live: boolean
}

/** What is known before the first write. Names without a row are known to have none. */
export interface BatchStart {
  /** Number of the transaction. */
  readonly transaction: string
  /** Milliseconds since 1970, by the clock of the database, after it got its turn. */
  readonly now: number
  readonly servedSince: Date
  /** Undefined: the instance has none. */
  readonly last: WriteTime | undefined
  readonly tasks: ReadonlyMap<string, TaskRow | undefined>
  readonly requests: ReadonlyMap<string, MadeRequest | undefined>
  readonly parents: ReadonlyMap<string, ParentRow | undefined>
}

interface InstanceRow {
  readonly transaction: string
  readonly revision: bigint
  readonly modified_at: bigint
}

interface RequestRow {
  readonly request_id: string
  readonly task_id: string
  readonly hash: Uint8Array
  readonly made_at: bigint
}

/** A batch, and the clock that times it. */
export interface Batch {
  readonly instance: InstanceId
  readonly writes: readonly TaskChange[]
  readonly clock: Clock
}

/** Takes the instance's row and reads what `writes` name, in one trip to the database and back, or two for a new instance. */
export async function startBatch(connection: Connection, batch: Batch): Promise<BatchStart> {
  const first = await lockAndRead(connection, batch)
  if (first !== undefined) return first
  await connection.rows(MAKE_INSTANCE, [batch.instance])
  const second = await lockAndRead(connection, batch)
  if (second === undefined) throw new Error(`The row of ${batch.instance} is gone`)
  return second
}

async function lockAndRead(connection: Connection, { instance, writes, clock }: Batch): Promise<BatchStart | undefined> {
  const find = <Row>(statement: Statement, names: readonly string[]): Promise<Row[]> =>
    names.length === 0 ? Promise.resolve([]) : connection.rows<Row>(statement, [instance, names])
  const taskIds = unique(writes.flatMap(namedTasks))
  const requestIds = unique(writes.flatMap(({ change }) => (change.kind === 'create' && change.request !== undefined ? [change.request.id] : [])))
  const parentIds = unique(writes.filter(({ change }) => NEEDS_CHILDREN.has(change.kind)).map(({ taskId }) => taskId))
  const [locked, times, tasks, requests, parents] = await Promise.all([
    connection.rows<InstanceRow>(LOCK_INSTANCE, [instance]),
    clock.read(connection),
    find<TaskRow>(FIND_TASKS, taskIds),
    find<RequestRow>(FIND_REQUESTS, requestIds),
    find<ParentRow>(FIND_PARENTS, parentIds),
  ])
  const [row] = locked
  if (row === undefined) return undefined
  return {
    ...times,
    transaction: row.transaction,
    last: { revision: row.revision, at: new Date(Number(row.modified_at)) },
    tasks: byName(taskIds, tasks, ({ task_id }) => task_id),
    requests: new Map(requests.map(({ request_id, task_id, hash, made_at }) => [request_id, { taskId: task_id, hash, madeAt: new Date(Number(made_at)) }])),
    parents: byName(parentIds, parents, ({ task_id }) => task_id),
  }
}

/** Changes whose plan asks about children. */
const NEEDS_CHILDREN: ReadonlySet<string> = new Set(['delete', 'expire', 'due'])

function namedTasks({ taskId, change }: TaskChange): string[] {
  if (change.kind !== 'create') return [taskId]
  return change.task.parentTaskId === '' ? [] : [change.task.parentTaskId]
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

function byName<Row>(names: readonly string[], rows: readonly Row[], nameOf: (row: Row) => string): Map<string, Row | undefined> {
  const found = new Map(rows.map((row) => [nameOf(row), row]))
  return new Map(names.map((name) => [name, found.get(name)]))
}
