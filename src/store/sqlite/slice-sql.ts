// The statements of a list by offset, across instances: which tasks are in it, and how many there are.
import type { SliceQuery } from '../../task/task-store.js'
import type { BoundSql } from './list-sql.js'

/** Which column each order goes by, and the revision that tells tasks of one moment apart. */
const COLUMNS = {
  created_at: { revision: 'created_revision', index: 'root_created' },
  modified_at: { revision: 'revision', index: 'root_modified' },
} as const

/** Encoded tasks of a slice, in order. Walks indexes alone up to the tasks that are in it, and never sorts. */
export function sliceSql({ instances, order, offset, limit }: SliceQuery): BoundSql {
  const { revision, index } = COLUMNS[order.field]
  const columns = `SELECT task.service_instance_id AS instance, task.${order.field} AS at, task.${revision} AS revision FROM task`
  const roots = "task.parent_task_id = ''"
  const arms =
    instances === undefined
      ? [`${columns} INDEXED BY ${index}_anywhere WHERE ${roots}`]
      : instances.map((_, at) => `${columns} INDEXED BY ${index} WHERE task.service_instance_id = @instance${at} AND ${roots}`)
  const direction = order.descending ? 'DESC' : 'ASC'
  const ordered = `ORDER BY at ${direction}, instance ${direction}, revision ${direction}`
  return {
    sql:
      `SELECT task.encoded AS encoded, task.lease AS lease FROM (${arms.join(' UNION ALL ')} ${ordered} LIMIT @limit OFFSET @offset) AS place` +
      ` CROSS JOIN task INDEXED BY task_${order.field === 'created_at' ? 'created' : 'modified'}` +
      ` ON task.service_instance_id = place.instance AND task.${revision} = place.revision`,
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
