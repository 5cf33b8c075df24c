// The statements of a list: which index it walks, how far, and what it answers.
import { driverOf, filterSql, type Driver } from '../sql/filter-sql.js'
import { LIST_LIMITS } from '../../limits.js'
import type { ListQuery } from '../../task/task-store.js'
import type { Statement, Value } from './database.js'

/** A statement and its parameters. */
export interface BoundStatement extends Statement {
  readonly values: readonly Value[]
}

/** Where a list goes on, and how far. */
export interface ListPart {
  readonly instance: string
  /** Position that the part begins after. */
  readonly after: bigint
  /** Rows of the walk to look at, at most. */
  readonly scan: number
  /** Rows to answer, at most. */
  readonly limit: number
}

/** Builds the statements of a list. */
export interface ListSql {
  /**
   * Encoded tasks in order, with their `position` and the number of rows `scanned` up to them; no more of them once those
   * before have LIST_LIMITS.pageBytes.
   */
  page(part: ListPart): BoundStatement
  /** Position of the last row that a part may look at; no row when there are fewer. */
  end(part: ListPart): BoundStatement
}

/** Leads to the partition of the instance. */
const LABEL_OF_TASK = 'task_label.service_instance_id = $1 AND task_label.task_id = task.task_id'

/** The statements for a query. */
export function listSql({ order, filter }: ListQuery): ListSql {
  const byCreation = order.field === 'created_at'
  const driver = filter && byCreation ? driverOf(filter) : undefined
  const direction = order.descending ? 'DESC' : 'ASC'
  const beyond = order.descending ? '<' : '>'
  const bound = (part: ListPart): { walk: Walk; values: Value[]; bind: (value: Value) => string } => {
    const values: Value[] = [part.instance, part.after, part.scan]
    const bind = (value: Value): string => `$${values.push(value)}`
    return { walk: walkOf(driver, byCreation, bind), values, bind }
  }
  return {
    page(part) {
      const { walk, values, bind } = bound(part)
      const walked =
        `SELECT ${walk.columns}, ${walk.position} AS position, row_number() OVER (ORDER BY ${walk.position} ${direction}) AS scanned` +
        ` FROM ${walk.table} WHERE ${walk.where} AND ${walk.position} ${beyond} $2 ORDER BY ${walk.position} ${direction} LIMIT $3`
      const condition = filter === undefined ? '' : ` WHERE ${filterSql(filter, bind, LABEL_OF_TASK)}`
      const size = 'octet_length(task.encoded) + COALESCE(octet_length(task.lease), 0)'
      const before = `sum(${size}) OVER (ORDER BY ${walk.walkedPosition} ${direction} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`
      const found =
        `SELECT task.encoded, task.lease, ${walk.walkedPosition} AS position, scanned, ${before} AS before` +
        ` FROM ${walk.from(walked)}${condition} ORDER BY ${walk.walkedPosition} ${direction} LIMIT ${bind(part.limit)}`
      const text = `SELECT encoded, lease, position, scanned FROM (${found}) AS found WHERE COALESCE(before, 0) <= ${LIST_LIMITS.pageBytes}`
      const name = filter === undefined ? `list_${order.field}_${direction}` : undefined
      return { ...(name !== undefined && { name }), text: `${text} ORDER BY position ${direction}`, values }
    },
    end(part) {
      const { walk, values } = bound(part)
      const text =
        `SELECT ${walk.position} AS position FROM ${walk.table} WHERE ${walk.where} AND ${walk.position} ${beyond} $2` +
        ` ORDER BY ${walk.position} ${direction} LIMIT 1 OFFSET $3::bigint - 1`
      return { text, values }
    },
  }
}

interface Walk {
  readonly table: string
  readonly columns: string
  readonly where: string
  readonly position: string
  /** The relation of the tasks that were walked over, named `task`. */
  readonly from: (walked: string) => string
  readonly walkedPosition: string
}

function walkOf(driver: Driver | undefined, byCreation: boolean, bind: (value: Value) => string): Walk {
  const comparison = driver?.comparison
  if (comparison?.kind === 'label') {
    return {
      table: 'task_label',
      columns: 'created_revision',
      where: `service_instance_id = $1 AND key = ${bind(comparison.key)} AND value = ${bind(comparison.value)}`,
      position: 'created_revision',
      // One look-up after the other keeps the order of the labels.
      from: (walked) =>
        `(${walked}) AS label CROSS JOIN LATERAL (SELECT * FROM task WHERE task.service_instance_id = $1` +
        ' AND task.created_revision = label.created_revision OFFSET 0) AS task',
      walkedPosition: 'label.position',
    }
  }
  const own = { table: 'task', columns: '*', from: (walked: string) => `(${walked}) AS task`, walkedPosition: 'task.position' }
  const position = byCreation ? 'created_revision' : 'revision'
  const where = 'service_instance_id = $1'
  if (driver === undefined || comparison === undefined || !('value' in comparison)) return { ...own, where, position }
  // The literal comparison shows that a partial index covers the walk.
  const isDriven = `${driver.column} <> '' AND ${driver.column} = ${bind(String(comparison.value))}`
  return { ...own, where: `${where} AND ${isDriven}`, position }
}
