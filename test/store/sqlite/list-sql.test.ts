// Lists walk an index: none of their statements scans a table or sorts.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { listSql } from '../../../src/store/sqlite/list-sql.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { ListOrder } from '../../../src/task/task-store.js'
import { query } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const CREATED: ListOrder = { field: 'created_at', descending: true }
const MODIFIED: ListOrder = { field: 'modified_at', descending: false }

test.each([
  [CREATED, '', 'task_created'],
  [MODIFIED, '', 'task_modified'],
  [CREATED, 'status = FAILED', 'task_status'],
  [CREATED, 'status = FAILED AND command = cluster.create', 'task_command'],
  [CREATED, 'service = backup', 'task_service'],
  [CREATED, 'created_by = ann', 'task_created_by'],
  [CREATED, 'resource.id = r1 AND labels.env = prod', 'task_resource_id'],
  [CREATED, 'labels.env = prod', 'task_label_value'],
  [CREATED, 'status = FAILED OR status = PENDING', 'task_created'],
  [MODIFIED, 'status = FAILED', 'task_modified'],
  [CREATED, 'created_at > 2026-01-01T00:00:00Z', 'task_created'],
])('%j %s walks %s', (order, text, index) => {
  const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
  const { stepEnd, page } = listSql(query({ order, filter: parseFilter(text) }))
  const common = { instance: 'vdc-1', after: 0 }
  const plans = [
    database.prepare(`EXPLAIN QUERY PLAN ${stepEnd.sql}`).all({ ...stepEnd.parameters, ...common, rows: 10 }),
    database.prepare(`EXPLAIN QUERY PLAN ${page.sql}`).all({ ...page.parameters, ...common, end: 9, limit: 10 }),
  ] as { detail: string }[][]
  for (const plan of plans) {
    const details = plan.map(({ detail }) => detail).join('; ')
    expect(details).toContain(`INDEX ${index} (service_instance_id=?`)
    expect(details).not.toMatch(/SCAN|TEMP B-TREE/)
  }
  database.close()
})
