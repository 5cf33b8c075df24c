// The statements about parents and their parts, prepared once.
import type Database from 'better-sqlite3'

const CHILDREN = "service_instance_id = ? AND parent_task_id <> '' AND parent_task_id = ?"
const LIVE = "status IN ('RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"
const NOT_ENDED = "status IN ('PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING')"

/** What the writer asks about families. */
export class FamilyStatements {
  readonly countChildren: Database.Statement<[string, string], bigint>
  readonly hasChild: Database.Statement<[string, string], bigint>
  /** A child that nobody has begun keeps nobody alive. */
  readonly hasLiveChild: Database.Statement<[string, string], bigint>
  readonly openChildren: Database.Statement<[string, string], string>
  /** Mean of the children's progress in whole percent, an ended child counting as 100. */
  readonly meanProgress: Database.Statement<[string, string], bigint>

  constructor(database: Database.Database) {
    this.countChildren = pluck(database, `SELECT count(*) FROM task WHERE ${CHILDREN}`)
    this.hasChild = pluck(database, `SELECT 1 FROM task WHERE ${CHILDREN} LIMIT 1`)
    this.hasLiveChild = pluck(database, `SELECT 1 FROM task WHERE ${CHILDREN} AND ${LIVE} LIMIT 1`)
    this.openChildren = pluck(database, `SELECT task_id FROM task WHERE ${CHILDREN} AND ${NOT_ENDED} ORDER BY created_revision`)
    this.meanProgress = pluck(
      database,
      'SELECT CAST(avg(CASE WHEN ended_at IS NOT NULL THEN 100 ELSE COALESCE(progress, 0) END) AS INTEGER)' +
        ` FROM task WHERE ${CHILDREN}`,
    )
  }
}

function pluck<Value>(database: Database.Database, sql: string): Database.Statement<[string, string], Value> {
  return database.prepare<[string, string], Value>(sql).pluck()
}
