// The statements of a list: which index it walks, how far one step goes, and what it answers.
import { driverOf, filterSql, type Driver } from '../sql/filter-sql.js'
import type { ListQuery } from '../../task/task-store.js'

/** A statement and its named parameters. */
export interface BoundSql {
  readonly sql: string
  readonly parameters: Readonly<Record<string, string | number>>
}

/** The two statements of a list; both also take `instance`, `after` and what is named with them. */
export interface ListSql {
  /** Position of the last row of a step of `rows` rows; no row when fewer are left. */
  readonly stepEnd: BoundSql
  /** Encoded tasks and their positions, in order, after `after` and up to `end`, at most `limit`. */
  readonly page: BoundSql
}

/** Index of each column that a list can walk by. */
const INDEXES: Readonly<Record<Exclude<Driver['column'], 'label'>, string>> = {
  status: 'task_status',
  command: 'task_command',
  service: 'task_service',
  created_by: 'task_created_by',
  resource_id: 'task_resource_id',
  parent_task_id: 'task_parent',
}

/** Builds the statements for a query. */
export function listSql({ order, filter }: ListQuery): ListSql {
  const byCreation = order.field === 'created_at'
  const walk = walkOf(filter && byCreation ? driverOf(filter) : undefined, byCreation)
  const [beyond, upTo, direction] = order.descending ? ['<', '>=', 'DESC'] : ['>', '<=', 'ASC']
  const range = `${walk.where} AND ${walk.position} ${beyond} @after`
  const parameters: Record<string, string | number> = { ...walk.parameters }
  const condition = filter === undefined ? '' : ` AND ${filterSql(filter, binderOf(parameters), '@instance')}`
  const ordered = `ORDER BY ${walk.position} ${direction}`
  return {
    stepEnd: {
      sql: `SELECT ${walk.position} FROM ${walk.table} WHERE ${range} ${ordered} LIMIT 1 OFFSET @rows - 1`,
      parameters: walk.parameters,
    },
    page: {
      sql:
        `SELECT task.encoded AS encoded, task.lease AS lease, ${walk.position} AS position FROM ${walk.table}${walk.join}` +
        ` WHERE ${range} AND ${walk.position} ${upTo} @end${condition} ${ordered} LIMIT @limit`,
      parameters,
    },
  }
}

interface Walk {
  readonly table: string
  readonly join: string
  readonly where: string
  readonly position: string
  readonly parameters: Readonly<Record<string, string | number>>
}

function walkOf(driver: Driver | undefined, byCreation: boolean): Walk {
  const comparison = driver?.comparison
  if (comparison?.kind === 'label') {
    return {
      table: 'task_label AS label INDEXED BY task_label_value',
      join:
        ' CROSS JOIN task INDEXED BY task_created ON task.service_instance_id = label.service_instance_id' +
        ' AND task.created_revision = label.created_revision',
      where: 'label.service_instance_id = @instance AND label.key = @driverKey AND label.value = @driver',
      position: 'label.created_revision',
      parameters: { driverKey: comparison.key, driver: comparison.value },
    }
  }
  const position = byCreation ? 'task.created_revision' : 'task.revision'
  const where = 'task.service_instance_id = @instance'
  if (driver === undefined || driver.column === 'label' || comparison === undefined || !('value' in comparison)) {
    const table = `task INDEXED BY ${byCreation ? 'task_created' : 'task_modified'}`
    return { table, join: '', where, position, parameters: {} }
  }
  return {
    table: `task INDEXED BY ${INDEXES[driver.column]}`,
    join: '',
    // The literal comparison lets SQLite see that a partial index covers the walk.
    where: `${where} AND task.${driver.column} <> '' AND task.${driver.column} = @driver`,
    position,
    parameters: { driver: String(comparison.value) },
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
