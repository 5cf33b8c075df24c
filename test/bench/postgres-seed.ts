// Fills the tables of a database with an instance of many tasks, as fast as PostgreSQL can. Without their events: those of the
// last day are in tables of their own, which neither reads of tasks nor lists touch.
import type pg from 'pg'
import { Task } from '../../gen/openshift/v1/task.js'

/** Tasks have one of these statuses in turn. */
const STATUSES = ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED', 'RUNNING']

/** Rows of one statement. */
const STEP = 500_000

const ADD_TASKS = `
  INSERT INTO task (service_instance_id, task_id, created_revision, revision, status, outcome, command, service, created_by,
    modified_by, resource_id, resource_type, created_at, modified_at, started_at, ended_at, parent_task_id, lease_token, encoded)
  SELECT $1, 't-' || lpad(number::text, 12, '0'), number, number, ($4::text[])[1 + number % 10], '', 'cluster.create', '', 'user-' || number % 1000,
    'worker', '', '', 1767225600000 + number, 1767225600000 + number, 1767225600000 + number,
    CASE WHEN number % 10 < 9 THEN 1767225600000 + number END, '', '', $5
  FROM generate_series($2::bigint, $3::bigint) AS number`

/** Brings the instance from `from` to `to` tasks, with the ids `seedId` gives. Indexes are made anew afterwards: that is faster. */
export async function seed(client: pg.Client, instance: string, from: number, to: number): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'task' AND indexname <> 'task_pkey'",
  )
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  const encoded = Task.encode(example()).finish()
  for (let first = from + 1; first <= to; first += STEP) {
    await client.query(ADD_TASKS, [instance, first, Math.min(first + STEP - 1, to), STATUSES, encoded])
  }
  for (const { definition } of indexes) await client.query(definition)
  await client.query(
    'INSERT INTO service_instance VALUES ($1, $2, 1767225600000 + $2) ON CONFLICT (service_instance_id) DO UPDATE SET revision = $2, modified_at = 1767225600000 + $2',
    [instance, to],
  )
  await client.query(
    'INSERT INTO task_count SELECT $1, status, count(*), count(*) FROM task WHERE service_instance_id = $1 GROUP BY status' +
      ' ON CONFLICT (service_instance_id, status) DO UPDATE SET total = excluded.total, roots = excluded.roots',
    [instance],
  )
  await client.query('VACUUM (ANALYZE) task')
}

/** The id of the task `number`, from 1. */
export function seedId(number: number): string {
  return `t-${String(number).padStart(12, '0')}`
}

function example(): Task {
  const at = new Date(1_767_225_600_000)
  return Task.create({
    id: seedId(1),
    command: 'cluster.create',
    status: 'SUCCEEDED',
    createdAt: at,
    createdBy: 'user-1',
    modifiedAt: at,
    summary: 'Creating cluster one',
    service: 'clusters',
    resource: { id: 'c-1', type: 'cluster', name: 'one' },
    startedAt: at,
    modifiedBy: 'worker',
    labels: { env: 'prod', team: 'core' },
  })
}
