// Lists walk an index, or the tasks themselves, within their instance: none of their statements scans a table or sorts.
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BoundSql } from '../../../src/store/sqlite/bound-sql.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { joinedSql } from '../../../src/store/sqlite/joined-sql.js'
import { listSql } from '../../../src/store/sqlite/list-sql.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { ListOrder } from '../../../src/task/task-store.js'
import { query } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const CREATED: ListOrder = { field: 'created_at', descending: true }
const MODIFIED: ListOrder = { field: 'modified_at', descending: false }
const BY_KEY = 'INTEGER PRIMARY KEY (rowid>? AND rowid<?)'
const BY_REVISION = 'INDEX task_modified (service_instance_id=? AND revision>? AND revision<?)'

let database: Database.Database

beforeEach(() => {
  database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
})

afterEach(() => database.close())

function planOf({ sql, parameters }: BoundSql): string {
  const common = { instance: 'vdc-1', after: 0, end: 9, rows: 10, limit: 10, most: 10, form: 1 }
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all({ ...parameters, ...common }) as { detail: string }[]
  return steps.map(({ detail }) => detail).join('; ')
}

describe('in steps', () => {
  test.each([
    [CREATED, '', BY_KEY],
    [MODIFIED, '', BY_REVISION],
    [CREATED, 'status = FAILED', 'INDEX task_status (status=? AND rowid>? AND rowid<?)'],
    [CREATED, 'status = FAILED AND command = cluster.create', 'INDEX task_command (command=? AND rowid>? AND rowid<?)'],
    [CREATED, 'service = backup', 'INDEX task_service (service=? AND rowid>? AND rowid<?)'],
    [CREATED, 'created_by = ann', 'INDEX task_created_by (created_by=? AND rowid>? AND rowid<?)'],
    [CREATED, 'resource.id = r1 AND labels.env = prod', 'INDEX task_resource_id (resource_id=? AND rowid>? AND rowid<?)'],
    [CREATED, 'labels.env = prod', 'INDEX task_label_value (key=? AND value=? AND task_key>? AND task_key<?)'],
    [CREATED, 'parent_task_id = p', 'INDEX task_parent (service_instance_id=? AND parent_task_id=? AND rowid>? AND rowid<?)'],
    [CREATED, 'status = FAILED OR status = PENDING', BY_KEY],
    [MODIFIED, 'status = FAILED', BY_REVISION],
    [CREATED, 'created_at > 2026-01-01T00:00:00Z', BY_KEY],
  ])('%j %s walks %s', (order, text, walk) => {
    const { stepEnd, page } = listSql(query({ order, filter: parseFilter(text) }))
    for (const plan of [planOf(stepEnd), planOf(page)]) {
      expect(plan).toContain(walk)
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
    }
  })
})

describe('as one value', () => {
  test.each([
    [CREATED, '', BY_KEY],
    [MODIFIED, '', BY_REVISION],
    [CREATED, 'status = FAILED', 'INDEX task_status (status=? AND rowid>? AND rowid<?)'],
    [CREATED, 'labels.env = prod', 'INDEX task_label_value (key=? AND value=? AND task_key>? AND task_key<?)'],
    [CREATED, 'status = FAILED AND command = cluster.create', undefined],
    [MODIFIED, 'status = FAILED', undefined],
    [CREATED, 'status = FAILED OR status = PENDING', undefined],
  ])('%j %s walks %s', (order, text, walk) => {
    for (const form of ['message', 'json'] as const) {
      const statement = joinedSql(query({ order, filter: parseFilter(text) }), form)
      if (walk === undefined) expect(statement).toBeUndefined()
      else {
        const plan = planOf(statement as BoundSql)
        expect(plan).toContain(walk)
        // What is scanned is the page that was just read, and its one row of sums.
        expect(plan.replaceAll(/SCAN (page|\(subquery-\d+\))/g, '')).not.toMatch(/SCAN|TEMP B-TREE/)
      }
    }
  })

  test('a page of JSON in the order of creation touches no task', () => {
    expect(planOf(joinedSql(query(), 'json') as BoundSql)).not.toMatch(/ task /)
  })
})
