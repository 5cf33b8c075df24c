// A page of many steps shows its instance at one revision, whatever is written between the steps.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Task } from '../../../gen/openshift/v1/task.js'
import { LIST_LIMITS } from '../../../src/limits.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { SqliteTaskReader } from '../../../src/store/sqlite/task-reader.js'
import { SqliteTaskWriter } from '../../../src/store/sqlite/task-writer.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { ListQuery, TaskPage } from '../../../src/task/task-store.js'
import { create, INSTANCE, query, remove, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const COUNT = 3 * LIST_LIMITS.scanStepRows
const IDS = Array.from({ length: COUNT }, (_, index) => `t${index}`)

/** The page of a list of COUNT tasks, with writes to them between its steps. */
function pageUnderWrites(more: Partial<ListQuery>): TaskPage {
  const path = join(temporaryDirectory(), 'tasks.db')
  const writing = openConnection(path, { mayWrite: true })
  migrate(writing)
  const writer = new SqliteTaskWriter(writing)
  writer.writeAll(IDS.map((id) => create(id)))
  const reader = new SqliteTaskReader(openConnection(path, { mayWrite: false }))
  const list = reader.list(INSTANCE, query({ limit: LIST_LIMITS.pageSizeMax, ...more }))
  let page = list.step()
  let steps = 1
  for (; page === undefined; steps += 1) {
    writer.writeAll([start(`t${steps}`), start(`t${COUNT - steps}`), create(`new${steps}`), remove(`t${COUNT / 2 + steps}`)])
    page = list.step()
  }
  list.close()
  expect(steps).toBeGreaterThan(2)
  reader.close()
  writing.close()
  return page
}

describe.each(['created_at', 'modified_at'] as const)('in order of %s', (field) => {
  test.each([
    ['ascending, filtered', false, 'created_by = tester OR created_by = nobody'],
    ['descending, filtered', true, 'created_by = tester OR created_by = nobody'],
    ['ascending', false, ''],
    ['descending', true, ''],
  ])('%s', (_name, descending, filter) => {
    const page = pageUnderWrites({ order: { field, descending }, filter: parseFilter(filter) })
    const ids = page.tasks.map((encoded) => Task.decode(encoded).id)
    expect(ids).toEqual(descending ? IDS.toReversed() : IDS)
    expect(page).toMatchObject({ revision: BigInt(COUNT), next: undefined })
  })
})
