// The statements of a list by offset, across instances: which tasks are in it, and how many there are.
import type { SliceQuery } from '../../task/task-store.js'
import type { BoundSql } from './bound-sql.js'

/** The index of each order, and the column that tells tasks of one moment apart. */
const COLUMNS = {
  created_at: { position: 'key', index: 'root_created' },
  modified_at: { position: 'revision', index: 'root_modified' },
} as const

/** Framed tasks of a slice, in order. Walks indexes alone up to the tasks that are in it, and never sorts. */
export function sliceSql({ instances, order, offset, limit }: SliceQuery): BoundSql {
  const { position, index } = COLUMNS[order.field]
  const columns = `SELECT task.service_instance_id AS instance, task.${order.field} AS at, task.${position} AS position, task.key AS key FROM task`
  const roots = "task.parent_task_id = ''"
  const arms =
    instances === undefined
      ? [`${columns} INDEXED BY ${index}_anywhere WHERE ${roots}`]
      : instances.map((_, at) => `${columns} INDEXED BY ${index} WHERE task.service_instance_id = @instance${at} AND ${roots}`)
  const direction = order.descending ? 'DESC' : 'ASC'
  const ordered = `ORDER BY at ${direction}, instance ${direction}, position ${direction}`
  return {
    sql:
      `SELECT task.framed AS framed FROM (${arms.join(' UNION ALL ')} ${ordered} LIMIT @limit OFFSET @offset) AS place` +
      ' CROSS JOIN task ON task.key = place.key',
    parameters: { ...instanceParameters(instances), offset, limit },
  }
}

/** How many tasks the whole list has. */
export function totalSql(instances: SliceQuery['instances']): BoundSql {
  const named = instances?.map((_, at) => `@instance${at}`).join(', ')
  const where = named === undefined ? '' : ` WHERE service_instance_id IN (${named})`
  return { sql: `SELECT COALESCE(sum(roots), 0) FROM task_count${where}`, parameters: instanceParameters(instances) }
}

function instanceParameters(instances: SliceQuery['instances'] = []): Record<string, string> {
  return Object.fromEntries(instances.map((instance, at) => [`instance${at}`, instance]))
}
