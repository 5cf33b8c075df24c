// Every query about an instance touches one partition, and lists walk an index and never sort.
import { beforeAll, describe, expect, test } from 'vitest'
import { INSERT_TASKS } from '../../../src/store/postgres/batch-statements.js'
import type { Value } from '../../../src/store/postgres/database.js'
import { listSql, type BoundStatement } from '../../../src/store/postgres/list-sql.js'
import { sliceSql, totalSql } from '../../../src/store/postgres/slice-sql.js'
import { EVERY_READ } from '../../../src/store/postgres/task-reader.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { ListOrder } from '../../../src/task/task-store.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { INSTANCE, OTHER_INSTANCE, query } from '../../support/task-changes.js'

const PARTITIONS = 4
const CREATED: ListOrder = { field: 'created_at', descending: true }
const MODIFIED: ListOrder = { field: 'modified_at', descending: false }
const PART = { instance: INSTANCE, after: 0n, scan: 100_000, limit: 51 }
const database = suiteDatabase(PARTITIONS)

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly PlanNode[]
}

/** All nodes of the plan of a statement. */
async function planOf({ text, values }: { readonly text: string; readonly values: readonly Value[] }): Promise<PlanNode[]> {
  const [row] = await database.run<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT JSON) ${text}`, values)
  const all = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(all)]
  return all(row!['QUERY PLAN'][0].Plan)
}

/** Hash partitions that a plan reads. */
function partitionsIn(plan: readonly PlanNode[]): Set<string> {
  return new Set(plan.flatMap((node) => /_p\d+/.exec(node['Relation Name'] ?? '')?.[0] ?? []))
}

function indexesIn(plan: readonly PlanNode[]): string {
  return plan.flatMap((node) => node['Index Name'] ?? []).join(' ')
}

/** Rows enough for the planner to care. */
beforeAll(async () => {
  const columns = INSERT_TASKS.columns.filter((column) => !['lease', 'progress', 'lease_expires_at', 'lease_ttl', 'started_at'].includes(column))
  const values: Readonly<Record<string, string>> = {
    created_revision: 'n',
    revision: '50000 + n',
    created_at: 'n',
    modified_at: '50000 + n',
    ended_at: 'n',
    due_at: 'NULL::bigint',
    task_id: "'t' || n",
    status: "CASE WHEN n % 10 = 0 THEN 'FAILED' ELSE 'PENDING' END",
    command: "'c' || n % 20",
    service: "'s' || n % 20",
    created_by: "'u' || n % 20",
    resource_id: "'r' || n % 500",
    parent_task_id: "CASE WHEN n % 10 = 0 THEN 't1' ELSE '' END",
    encoded: "'\\x00'::bytea",
  }
  for (const instance of [INSTANCE, OTHER_INSTANCE]) {
    await database.run(
      `INSERT INTO task (service_instance_id, ${columns.join(', ')})` +
        ` SELECT '${instance}', ${columns.map((column) => values[column] ?? "''").join(', ')} FROM generate_series(1, 20000) AS n`,
    )
    await database.run(`INSERT INTO task_label SELECT '${instance}', 't' || n, 'env', 'e' || n % 20, n FROM generate_series(1, 20000) AS n`)
    await database.run(
      `INSERT INTO task_event SELECT '${instance}', n, n / 5000, 't' || n % 5000, 'UPDATED', '', n, NULL, NULL, '', NULL, '' FROM generate_series(1, 19999) AS n`,
    )
    await database.run(`INSERT INTO task_count VALUES ('${instance}', 'PENDING', 18000, 18000), ('${instance}', 'FAILED', 2000, 0)`)
  }
  await database.run('ANALYZE')
})

describe('lists', () => {
  test.each([
    [CREATED, '', 'service_instance_id_created_revision'],
    [MODIFIED, '', 'service_instance_id_revision'],
    [CREATED, 'status = FAILED', 'service_instance_id_status'],
    [CREATED, 'status = FAILED AND command = c3', 'service_instance_id_command'],
    [CREATED, 'service = s3', 'service_instance_id_service'],
    [CREATED, 'created_by = u3', 'service_instance_id_created_by'],
    [CREATED, 'resource.id = r1 AND labels.env = e3', 'service_instance_id_resource_id'],
    [CREATED, 'parent_task_id = t1', 'service_instance_id_parent_task_id'],
    [CREATED, 'labels.env = e3', 'service_instance_id_key_value'],
    [CREATED, 'labels.env = e3 OR labels:zone', 'service_instance_id_created_revision'],
    [CREATED, 'status = FAILED OR status = PENDING', 'service_instance_id_created_revision'],
    [MODIFIED, 'status = FAILED', 'service_instance_id_revision'],
    [CREATED, 'created_at > 2026-01-01T00:00:00Z', 'service_instance_id_created_revision'],
  ])('%j %s walks an index over %s', async (order, text, index) => {
    const sql = listSql(query({ order, filter: parseFilter(text) }))
    for (const statement of [sql.page(PART), sql.end(PART)]) {
      const plan = await planOf(statement)
      expect(indexesIn(plan)).toContain(index)
      expect(plan.map((node) => node['Node Type']).filter((type) => /Sort|Seq Scan|Hash/.test(type))).toEqual([])
      expect(partitionsIn(plan).size).toBe(1)
    }
  })

  test.each([
    ['created_at', undefined, PARTITIONS],
    ['modified_at', undefined, PARTITIONS],
    ['created_at', [INSTANCE], 1],
    ['modified_at', [INSTANCE, OTHER_INSTANCE], 2],
  ] as const)('by offset, by %s of %j, never sort more than what is of one moment', async (field, instances, partitions) => {
    const page: BoundStatement = sliceSql({ instances, order: { field, descending: true }, offset: 10, limit: 10 })
    const walk = { ...page, text: /\(SELECT \* FROM .* OFFSET \$2\)/.exec(page.text)![0].slice(1, -1) }
    const plan = await planOf(walk)
    expect(plan.map((node) => node['Node Type']).filter((type) => /^Sort|Seq Scan/.test(type))).toEqual([])
    expect(indexesIn(plan)).toMatch(new RegExp(instances === undefined ? `${field}_service_instance_id` : `service_instance_id_${field}`))
    expect(partitionsIn(plan).size).toBeLessThanOrEqual(partitions)
    const total = totalSql(instances)
    expect((await planOf(total)).flatMap((node) => node['Relation Name'] ?? [])).toEqual(['task_count'])
  })
})

test.each(Object.entries(EVERY_READ))('%s touches one partition', async (_name, { text }) => {
  const count = new Set([...text.matchAll(/\$(\d)/g)].map(([, number]) => number)).size
  const values = [INSTANCE, text.includes('task_id = $2') ? 't7' : '5', '10', '1000', 't7'].slice(0, count)
  const plan = await planOf({ text, values })
  expect(partitionsIn(plan).size).toBeLessThanOrEqual(1)
  expect(plan.map((node) => node['Node Type']).filter((type) => type === 'Sort')).toEqual([])
})
