// The statement that reads a whole page as one value: nothing is made for each of its tasks.
import type { ListQuery, ReadyForm } from '../../task/task-store.js'
import type { BoundSql } from './bound-sql.js'
import { walkOf, type Content } from './list-walk.js'

/** A page as one row. */
export interface JoinedRow {
  /** Null for an instance without any write. */
  readonly revision: bigint | null
  /** Null when the page has no task. */
  readonly content: Uint8Array | string | null
  /** Tasks of the page, and those of them that are in `content`. */
  readonly count: bigint
  readonly joined: bigint
  /** Position of the last task; null when there is none. */
  readonly last: bigint | null
  /** 1 when there is a task behind it. */
  readonly more: bigint
}

/** How each form is joined; a task of more than `most` bytes is left out, and so is a text that was printed otherwise. */
const FORMS: Readonly<Record<ReadyForm, { readonly table: Content; readonly part: string; readonly joined: string }>> = {
  message: {
    table: 'task',
    part: 'CASE WHEN length(task.framed) <= @most THEN CAST(task.framed AS TEXT) END',
    joined: "CAST(group_concat(part, '') AS BLOB)",
  },
  json: {
    table: 'task_json',
    part: 'CASE WHEN task_json.form = @form AND task_json.bytes <= @most THEN task_json.json END',
    joined: "group_concat(part, ',')",
  },
}

/**
 * The statement that reads a page of at most `limit` tasks as one JoinedRow, in one snapshot. Undefined when rows that are
 * walked over may have no place on the page: then it takes steps.
 */
export function joinedSql(query: ListQuery, form: ReadyForm): (BoundSql & { readonly byKey: boolean }) | undefined {
  const walk = walkOf(query, FORMS[form].table)
  if (query.matches !== undefined || query.filter !== walk.comparison) return undefined
  const { part, joined } = FORMS[form]
  const beyond = query.order.descending ? '<' : '>'
  // Subqueries with a limit are read in their order, row by row.
  const rows =
    `SELECT ${part} AS part, ${walk.position} AS position FROM ${walk.table}${walk.join}` +
    ` WHERE ${walk.range} ${walk.ordered} LIMIT @limit`
  const page =
    `SELECT ${joined} AS content, count(*) AS count, count(part) AS joined,` +
    ` ${query.order.descending ? 'min' : 'max'}(position) AS last FROM (${rows})`
  return {
    sql:
      'SELECT (SELECT revision FROM service_instance WHERE service_instance_id = @instance) AS revision, page.*,' +
      ` EXISTS (SELECT 1 FROM ${walk.table} WHERE ${walk.range} AND ${walk.position} ${beyond} page.last) AS more FROM (${page}) AS page`,
    parameters: walk.parameters,
    byKey: walk.byKey,
  }
}
