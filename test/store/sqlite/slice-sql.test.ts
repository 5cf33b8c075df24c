// Lists by offset walk indexes up to the tasks that are in them, and never sort; their length is known without looking at tasks.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import type { BoundSql } from '../../../src/store/sqlite/bound-sql.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { sliceSql, totalSql } from '../../../src/store/sqlite/slice-sql.js'
import type { ListOrder } from '../../../src/task/task-store.js'
import { INSTANCE, OTHER_INSTANCE } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

test.each([
  ['created_at', undefined, 'root_created_anywhere'],
  ['modified_at', undefined, 'root_modified_anywhere'],
  ['created_at', [INSTANCE], 'root_created'],
  ['modified_at', [INSTANCE, OTHER_INSTANCE], 'root_modified'],
] as const)('by %s of %j walks %s', (field, instances, index) => {
  const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
  migrate(database)
  const plan = ({ sql, parameters }: BoundSql): string => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[]
    return steps.map(({ detail }) => detail).join('; ')
  }
  const order: ListOrder = { field, descending: true }
  const page = plan(sliceSql({ instances, order, offset: 10, limit: 10 }))
  expect(page).toContain(`COVERING INDEX ${index}`)
  expect(page).toContain('SEARCH task USING INTEGER PRIMARY KEY (rowid=?)')
  expect(page).not.toContain('TEMP B-TREE')
  expect(plan(totalSql(instances))).not.toMatch(/ task /)
  database.close()
})
