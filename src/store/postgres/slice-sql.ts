// The statements of a list by offset, across instances: which tasks are in it, and how many there are.
import { LIST_LIMITS } from '../../limits.js'
import type { SliceQuery } from '../../task/task-store.js'
import type { Value } from './database.js'
import type { BoundStatement } from './list-sql.js'

/** Which revision tells tasks of one moment apart. */
const REVISIONS = { created_at: 'created_revision', modified_at: 'revision' } as const

/** Encoded tasks of a slice, in order, up to its bytes: one walk along an index for each instance, merged. */
export function sliceSql({ instances, order, offset, limit }: SliceQuery): BoundStatement {
  const values: Value[] = [limit, offset]
  const direction = order.descending ? 'DESC' : 'ASC'
  const revision = REVISIONS[order.field]
  const columns = `SELECT service_instance_id AS instance, ${order.field} AS at, ${revision} AS revision FROM task`
  const walk = (instance: string): string =>
    `(${columns} WHERE service_instance_id = $${values.push(instance)} AND parent_task_id = ''` +
    ` ORDER BY ${order.field} ${direction}, ${revision} ${direction})`
  const places = instances === undefined ? `${columns} WHERE parent_task_id = ''` : instances.map(walk).join(' UNION ALL ')
  const ordered = (of: string): string => `ORDER BY ${of}at ${direction}, ${of}instance ${direction}, ${of}revision ${direction}`
  const size = 'octet_length(task.encoded) + COALESCE(octet_length(task.lease), 0)'
  const before = `sum(${size}) OVER (${ordered('place.')} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before`
  const found =
    `SELECT task.encoded, task.lease, place.*, ${before}` +
    ` FROM (SELECT * FROM (${places}) AS walk ${ordered('')} LIMIT $1 OFFSET $2) AS place` +
    ' CROSS JOIN LATERAL (SELECT encoded, lease FROM task WHERE task.service_instance_id = place.instance' +
    ` AND task.${revision} = place.revision OFFSET 0) AS task`
  return {
    text: `SELECT encoded, lease FROM (${found}) AS found WHERE COALESCE(before, 0) <= ${LIST_LIMITS.pageBytes} ${ordered('')}`,
    values,
  }
}

/** How many tasks the whole list has. */
export function totalSql(instances: SliceQuery['instances']): BoundStatement {
  const where = instances === undefined ? '' : ' WHERE service_instance_id = ANY($1::text[])'
  return {
    text: `SELECT COALESCE(sum(roots), 0)::bigint AS total FROM task_count${where}`,
    values: instances === undefined ? [] : [instances],
  }
}
