// What a list walks over: rows that are in its order, so that nothing is ever sorted.
import { driverOf, type Driver } from '../sql/filter-sql.js'
import type { ListQuery } from '../../task/task-store.js'

/** Where what a list answers is kept; both have the same keys. */
export type Content = 'task' | 'task_json'

/** A walk, in SQL. Takes `instance`, `after` (the position before the first) and `end` (the last position that counts). */
export interface Walk {
  /** What is walked: rows that are in the order of the list. */
  readonly table: string
  /** What adds the content to them, where it is elsewhere. */
  readonly join: string
  readonly range: string
  readonly position: string
  readonly ordered: string
  /** Whether positions are keys; otherwise they are revisions. */
  readonly byKey: boolean
  /** What of the filter holds for every row of the walk. */
  readonly comparison: Driver['comparison'] | undefined
  readonly parameters: Readonly<Record<string, string | number>>
}

interface Path extends Pick<Walk, 'table' | 'position' | 'comparison' | 'parameters'> {
  /** The content that is in the table itself. */
  readonly holds: Content | undefined
  readonly key: string
  /** What the rows have in common, with AND behind it. */
  readonly where: string
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

/** The walk of a query over tasks, or over their JSON. */
export function walkOf({ order, filter }: ListQuery, content: Content): Walk {
  const byKey = order.field === 'created_at'
  const path = byKey ? pathByKey(filter && driverOf(filter), content) : BY_REVISION
  const [beyond, upTo, direction] = order.descending ? ['<', '>=', 'DESC'] : ['>', '<=', 'ASC']
  return {
    ...path,
    join: path.holds === content ? '' : ` CROSS JOIN ${content} ON ${content}.key = ${path.key}`,
    range: `${path.where}${path.position} ${beyond} @after AND ${path.position} ${upTo} @end`,
    ordered: `ORDER BY ${path.position} ${direction}`,
    byKey,
  }
}

const BY_REVISION: Path = {
  table: 'task INDEXED BY task_modified',
  holds: 'task',
  where: 'task.service_instance_id = @instance AND ',
  position: 'task.revision',
  key: 'task.key',
  comparison: undefined,
  parameters: {},
}

function pathByKey(driver: Driver | undefined, content: Content): Path {
  const comparison = driver?.comparison
  if (comparison?.kind === 'label') {
    return {
      table: 'task_label AS label INDEXED BY task_label_value',
      holds: undefined,
      where: 'label.key = @driverKey AND label.value = @driver AND ',
      position: 'label.task_key',
      key: 'label.task_key',
      comparison,
      parameters: { driverKey: comparison.key, driver: comparison.value },
    }
  }
  if (driver === undefined || driver.column === 'label' || comparison === undefined || !('value' in comparison)) {
    const key = `${content}.key`
    return { table: `${content} NOT INDEXED`, holds: content, where: '', position: key, key, comparison: undefined, parameters: {} }
  }
  const ofInstance = driver.column === 'parent_task_id' ? 'task.service_instance_id = @instance AND ' : ''
  return {
    table: `task INDEXED BY ${INDEXES[driver.column]}`,
    holds: 'task',
    // The literal comparison lets SQLite see that a partial index covers the walk.
    where: `${ofInstance}task.${driver.column} <> '' AND task.${driver.column} = @driver AND `,
    position: 'task.key',
    key: 'task.key',
    comparison,
    parameters: { driver: String(comparison.value) },
  }
}
