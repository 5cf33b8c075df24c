// The statements of a list in steps: how far one step goes, and what it answers.
import { filterSql } from '../sql/filter-sql.js'
import type { ListQuery } from '../../task/task-store.js'
import type { BoundSql } from './bound-sql.js'
import { walkOf } from './list-walk.js'

/**
 * The statements of a list. Positions are keys in the order of creation, and otherwise revisions. All take `instance`, `after`
 * (the position before the first), `end` (the last position that counts), and what is named with them.
 */
export interface ListSql {
  /** Whether positions are keys. */
  readonly byKey: boolean
  /** Position of the last row of a step of `rows` rows; no row when fewer are left. */
  readonly stepEnd: BoundSql
  /** Framed tasks and their positions, in order, at most `limit`. */
  readonly page: BoundSql
}

const LABEL_OF_TASK = 'task_label.task_key = task.key'

/** Builds the statements for a query. */
export function listSql(query: ListQuery): ListSql {
  const { filter } = query
  const walk = walkOf(query, 'task')
  const parameters: Record<string, string | number> = { ...walk.parameters }
  const condition = filter === undefined ? '' : ` AND ${filterSql(filter, binderOf(parameters), LABEL_OF_TASK)}`
  return {
    byKey: walk.byKey,
    stepEnd: {
      sql: `SELECT ${walk.position} FROM ${walk.table} WHERE ${walk.range} ${walk.ordered} LIMIT 1 OFFSET @rows - 1`,
      parameters: walk.parameters,
    },
    page: {
      sql:
        `SELECT task.framed AS framed, ${walk.position} AS position FROM ${walk.table}${walk.join}` +
        ` WHERE ${walk.range}${condition} ${walk.ordered} LIMIT @limit`,
      parameters,
    },
  }
}

function binderOf(parameters: Record<string, string | number>): (value: string | number) => string {
  let count = 0
  return (value) => {
    count += 1
    parameters[`p${count}`] = value
    return `@p${count}`
  }
}
