// The statements about parents and their parts, prepared once.
import type Database from 'better-sqlite3'
import { FAMILY_LIMITS } from '../../limits.js'

const CHILDREN = "service_instance_id = ? AND parent_task_id <> '' AND parent_task_id = ?"
const LIVE = "status IN ('RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"
const NOT_ENDED = "status IN ('PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"

/** What the writer asks about families. */
export class FamilyStatements {
  /** Children, theirs included, as far as they matter to a limit. */
  readonly countDescendants: Database.Statement<[string, string], bigint>
  readonly hasChild: Database.Statement<[string, string], bigint>
  /** A child that nobody has begun keeps nobody alive. */
  readonly hasLiveChild: Database.Statement<[string, string], bigint>
  readonly openChildren: Database.Statement<[string, string], string>
  /** Mean of the children's progress in whole percent, an ended child counting as 100, also once it is deleted. */
  readonly meanProgress: Database.Statement<[string, string], bigint>
  /** An ended child is deleted. */
  readonly countGone: Database.Statement<[string, string]>

  constructor(database: Database.Database) {
    this.countDescendants = pluck(
      database,
      'WITH RECURSIVE below (instance, id) AS (' +
        `SELECT service_instance_id, task_id FROM task WHERE ${CHILDREN} UNION ALL` +
        ' SELECT task.service_instance_id, task.task_id FROM below JOIN task ON task.service_instance_id = below.instance' +
        " AND task.parent_task_id <> '' AND task.parent_task_id = below.id" +
        ` LIMIT ${FAMILY_LIMITS.descendants}) SELECT count(*) FROM below`,
    )
    this.hasChild = pluck(database, `SELECT 1 FROM task WHERE ${CHILDREN} LIMIT 1`)
    this.hasLiveChild = pluck(database, `SELECT 1 FROM task WHERE ${CHILDREN} AND ${LIVE} LIMIT 1`)
    this.openChildren = pluck(database, `SELECT task_id FROM task WHERE ${CHILDREN} AND ${NOT_ENDED} ORDER BY key`)
    this.meanProgress = pluck(
      database,
      'SELECT CAST((total(CASE WHEN child.ended_at IS NOT NULL THEN 100 ELSE COALESCE(child.progress, 0) END)' +
        ' + 100 * max(parent.ended_parts_gone)) / (count(child.task_id) + max(parent.ended_parts_gone)) AS INTEGER)' +
        ' FROM task AS parent LEFT JOIN task AS child ON child.service_instance_id = parent.service_instance_id' +
        " AND child.parent_task_id <> '' AND child.parent_task_id = parent.task_id" +
        ' WHERE parent.service_instance_id = ? AND parent.task_id = ?',
    )
    this.countGone = database.prepare(
      'UPDATE task SET ended_parts_gone = ended_parts_gone + 1 WHERE service_instance_id = ? AND task_id = ?',
    )
  }
}

function pluck<Value>(database: Database.Database, sql: string): Database.Statement<[string, string], Value> {
  return database.prepare<[string, string], Value>(sql).pluck()
}
