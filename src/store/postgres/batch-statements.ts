// The statements of a batch of writes: each takes all rows of the batch at once, as one array for each column.
import { CHANGING_COLUMNS, TASK_COLUMNS } from '../sql/task-row.js'
import type { Statement } from './database.js'

/** Types of the columns that are not text. */
const TYPES: Readonly<Record<string, string>> = {
  revision: 'bigint',
  previous_revision: 'bigint',
  created_revision: 'bigint',
  created_at: 'bigint',
  modified_at: 'bigint',
  started_at: 'bigint',
  ended_at: 'bigint',
  at: 'bigint',
  made_at: 'bigint',
  lease_expires_at: 'bigint',
  lease_ttl: 'bigint',
  due_at: 'bigint',
  total: 'bigint',
  roots: 'bigint',
  progress: 'integer',
  times: 'integer',
  slot: 'smallint',
  lease: 'bytea',
  encoded: 'bytea',
  hash: 'bytea',
}

/** A statement, and the columns whose arrays it takes after the instance. */
export interface RowsStatement extends Statement {
  readonly columns: readonly string[]
}

/** Rows of a batch as a relation: parameter 1 is the instance, then one array for each column. */
function rowsOf(columns: readonly string[]): string {
  const arrays = columns.map((column, index) => `$${index + 2}::${TYPES[column] ?? 'text'}[]`)
  return `unnest(${arrays.join(', ')}) AS new (${columns.join(', ')})`
}

function insertInto(table: string, columns: readonly string[], onConflict = ''): RowsStatement {
  const selected = columns.map((column) => `new.${column}`)
  return {
    name: `insert_${table}`,
    text:
      `INSERT INTO ${table} (service_instance_id, ${columns.join(', ')})` +
      ` SELECT $1, ${selected.join(', ')} FROM ${rowsOf(columns)}${onConflict}`,
    columns,
  }
}

function updateTasks(name: string, columns: readonly string[], set: readonly string[]): RowsStatement {
  const text = `UPDATE task SET ${set.join(', ')} FROM ${rowsOf(columns)} WHERE task.service_instance_id = $1 AND task.task_id = new.task_id`
  return { name, text, columns }
}

function assigned(columns: readonly string[]): string[] {
  return columns.map((column) => `${column} = new.${column}`)
}

const OF_TASKS = 'service_instance_id = $1 AND task_id = ANY($2::text[])'
const OWN_COLUMNS = TASK_COLUMNS.filter((column) => column !== 'service_instance_id')
const LEASE_COLUMNS = ['lease', 'lease_expires_at', 'due_at'] as const

export const INSERT_TASKS = insertInto('task', ['created_revision', ...OWN_COLUMNS])
export const UPDATE_TASKS = updateTasks('update_task', ['task_id', ...CHANGING_COLUMNS], assigned(CHANGING_COLUMNS))
export const UPDATE_LEASES = updateTasks('update_lease', ['task_id', ...LEASE_COLUMNS], assigned(LEASE_COLUMNS))
export const COUNT_GONE = updateTasks('count_gone', ['task_id', 'times'], ['ended_parts_gone = task.ended_parts_gone + new.times'])
export const DELETE_TASKS: Statement = { name: 'delete_task', text: `DELETE FROM task WHERE ${OF_TASKS}` }
export const DELETE_LABELS: Statement = { name: 'delete_label', text: `DELETE FROM task_label WHERE ${OF_TASKS}` }
export const INSERT_LABELS = insertInto('task_label', ['task_id', 'key', 'value', 'created_revision'])
export const ADD_COUNTS = insertInto(
  'task_count',
  ['status', 'total', 'roots'],
  ' ON CONFLICT (service_instance_id, status)' +
    ' DO UPDATE SET total = task_count.total + excluded.total, roots = task_count.roots + excluded.roots',
)
export const INSERT_EVENTS = insertInto('task_event', [
  'revision',
  'slot',
  'task_id',
  'kind',
  'actor',
  'at',
  'status_from',
  'status_to',
  'reason',
  'previous_revision',
  'encoded',
])
export const PUT_REQUESTS = insertInto(
  'create_request',
  ['request_id', 'slot', 'task_id', 'hash', 'made_at'],
  ' ON CONFLICT (service_instance_id, request_id, slot)' +
    ' DO UPDATE SET task_id = excluded.task_id, hash = excluded.hash, made_at = excluded.made_at',
)

/** Takes the place of the instance in the row of its writers: whoever has it decides the next revisions. */
export const LOCK_INSTANCE: Statement = {
  name: 'lock_instance',
  text:
    'SELECT revision, modified_at, pg_current_xact_id()::xid::text AS transaction FROM service_instance' +
    ' WHERE service_instance_id = $1 FOR UPDATE',
}
export const MAKE_INSTANCE: Statement = {
  name: 'make_instance',
  text: 'INSERT INTO service_instance VALUES ($1, 0, 0) ON CONFLICT DO NOTHING',
}
export const PUT_INSTANCE: Statement = {
  name: 'put_instance',
  text: 'UPDATE service_instance SET revision = $2, modified_at = $3 WHERE service_instance_id = $1',
}
export const FIND_TASKS: Statement = {
  name: 'find_task',
  text: `SELECT task_id, encoded, lease, lease_token, created_revision FROM task WHERE ${OF_TASKS}`,
}
export const FIND_REQUESTS: Statement = {
  name: 'find_request',
  text:
    'SELECT DISTINCT ON (request_id) request_id, task_id, hash, made_at FROM create_request' +
    ' WHERE service_instance_id = $1 AND request_id = ANY($2::text[]) ORDER BY request_id, made_at DESC',
}

const LIVE = "status IN ('RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"
const NOT_ENDED = "status IN ('PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"
const CHILDREN = "service_instance_id = $1 AND parent_task_id <> '' AND parent_task_id"

/** Which of some tasks have children, and whether one of these is live. */
export const FIND_PARENTS: Statement = {
  name: 'find_parent',
  text: `SELECT parent_task_id AS task_id, bool_or(${LIVE}) AS is_live FROM task WHERE ${CHILDREN} = ANY($2::text[]) GROUP BY 1`,
}
export const OPEN_CHILDREN: Statement = {
  name: 'open_children',
  text: `SELECT task_id FROM task WHERE ${CHILDREN} = $2 AND ${NOT_ENDED} ORDER BY created_revision`,
}
export const COUNT_DESCENDANTS: Statement = {
  name: 'count_descendants',
  text:
    `WITH RECURSIVE below (id) AS (SELECT task_id FROM task WHERE ${CHILDREN} = $2 UNION ALL` +
    // One look into the index for each, whatever the planner believes of the number of children.
    ` SELECT child.task_id FROM below CROSS JOIN LATERAL (SELECT task_id FROM task WHERE ${CHILDREN} = below.id OFFSET 0) AS child)` +
    ' SELECT count(*) AS count FROM (SELECT 1 FROM below LIMIT $3) AS found',
}
export const MEAN_PROGRESS: Statement = {
  name: 'mean_progress',
  text:
    'SELECT (sum(CASE WHEN child.ended_at IS NOT NULL THEN 100 ELSE COALESCE(child.progress, 0) END)' +
    ' + 100 * max(parent.ended_parts_gone)) / NULLIF(count(child.task_id) + max(parent.ended_parts_gone), 0) AS percent' +
    " FROM task AS parent LEFT JOIN task AS child ON child.service_instance_id = $1 AND child.parent_task_id <> ''" +
    ' AND child.parent_task_id = parent.task_id WHERE parent.service_instance_id = $1 AND parent.task_id = $2',
}
