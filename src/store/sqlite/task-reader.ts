// Reads tasks on a connection of its own. Every answer is one short statement or transaction, so the event loop never waits long.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { LIST_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { ListQuery, StoredTask, TaskPage } from '../../task/task-store.js'
import { encodedTask, type EncodedRow } from '../sql/task-row.js'
import { listSql, type BoundSql } from './list-sql.js'

interface TaskRow extends EncodedRow {
  readonly revision: bigint
}

interface PageRow extends EncodedRow {
  readonly position: bigint
}

/** Statements of lists are kept by their text; filters make new ones, so there is a bound. */
const KEPT_STATEMENTS = 200
const FIRST_POSITION = { ascending: 0n, descending: 2n ** 63n - 1n }

/** Reads tasks. Throws what SQLite throws. */
export class SqliteTaskReader {
  private readonly database: Database.Database
  private readonly getTask: Database.Statement<[string, string], TaskRow>
  private readonly getPolicy: Database.Statement<[string], Uint8Array>
  private readonly getRevision: Database.Statement<[string], bigint>
  private readonly statements = new Map<string, Database.Statement>()

  constructor(database: Database.Database) {
    this.database = database
    this.getTask = database.prepare(
      'SELECT encoded, lease, revision FROM task WHERE service_instance_id = ? AND task_id = ?',
    )
    this.getPolicy = database
      .prepare<[string], Uint8Array>('SELECT encoded FROM retention_policy WHERE service_instance_id = ?')
      .pluck()
    this.getRevision = database
      .prepare<[string], bigint>('SELECT revision FROM service_instance WHERE service_instance_id = ?')
      .pluck()
  }

  get(instance: InstanceId, id: TaskId): StoredTask | undefined {
    const row = this.getTask.get(instance, id)
    return row && { encoded: encodedTask(row), revision: row.revision }
  }

  retentionPolicy(instance: InstanceId): RetentionPolicy {
    return RetentionPolicy.decode(this.getPolicy.get(instance) ?? new Uint8Array())
  }

  /**
   * A page. A filter is looked for in steps of LIST_LIMITS.scanStepRows rows with turns of the event loop between them,
   * LIST_LIMITS.scanRows rows in all; the page says the revision of its first step.
   */
  async list(instance: InstanceId, query: ListQuery, end: Pick<AbortSignal, 'throwIfAborted'>): Promise<TaskPage> {
    const list = new ListStatements(this, instance, query)
    const page = new PageBuilder(query.limit)
    const start = query.order.descending ? FIRST_POSITION.descending : FIRST_POSITION.ascending
    let after = query.after ?? start
    let revision: bigint | undefined
    for (let scanned = 0; ; scanned += LIST_LIMITS.scanStepRows) {
      const step = this.database.transaction(() => {
        revision ??= this.getRevision.get(instance) ?? 0n
        return list.step(after, page)
      })()
      if (page.isFull || step.end === undefined) return page.build(revision ?? 0n, page.isFull)
      after = step.end
      if (scanned + LIST_LIMITS.scanStepRows >= LIST_LIMITS.scanRows) return page.build(revision ?? 0n, true, after)
      await nextTurn()
      end.throwIfAborted()
    }
  }

  /** A prepared statement for `sql`, kept for the next time. */
  prepare(sql: string): Database.Statement {
    const kept = this.statements.get(sql)
    const statement = kept ?? this.database.prepare(sql)
    this.statements.delete(sql)
    this.statements.set(sql, statement)
    const [oldest] = this.statements.keys()
    if (this.statements.size > KEPT_STATEMENTS && oldest !== undefined) this.statements.delete(oldest)
    return statement
  }
}

/** The statements of one list, with what stays the same from step to step. */
class ListStatements {
  private readonly reader: SqliteTaskReader
  private readonly instance: InstanceId
  private readonly query: ListQuery
  private readonly stepEnd: BoundSql
  private readonly page: BoundSql

  constructor(reader: SqliteTaskReader, instance: InstanceId, query: ListQuery) {
    this.reader = reader
    this.instance = instance
    this.query = query
    const { stepEnd, page } = listSql(query)
    this.stepEnd = stepEnd
    this.page = page
  }

  /** Adds the tasks of one step after `after` to `page`; `end` is where the step ended, undefined at the end of the list. */
  step(after: bigint, page: PageBuilder): { readonly end: bigint | undefined } {
    const end = this.query.filter === undefined ? undefined : this.findEnd(after)
    const { ascending, descending } = FIRST_POSITION
    const last = this.query.order.descending ? ascending : descending
    const rows = this.reader.prepare(this.page.sql).iterate({
      ...this.page.parameters,
      instance: this.instance,
      after,
      end: end ?? last,
      limit: page.room,
    }) as IterableIterator<PageRow>
    for (const row of rows) if (!page.add(row)) break
    return { end }
  }

  private findEnd(after: bigint): bigint | undefined {
    const parameters = { ...this.stepEnd.parameters, instance: this.instance, after, rows: LIST_LIMITS.scanStepRows }
    return this.reader.prepare(this.stepEnd.sql).pluck().get(parameters) as bigint | undefined
  }
}

/** Gathers a page up to its number of tasks and its bytes; one more task is read to know whether there is a next page. */
class PageBuilder {
  isFull = false
  private readonly limit: number
  private readonly tasks: Uint8Array[] = []
  private bytes = 0
  private last: bigint | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  /** Rows still to read. */
  get room(): number {
    return this.limit - this.tasks.length + 1
  }

  /** Adds a row; false when the page has no room for it. */
  add(row: PageRow): boolean {
    const encoded = encodedTask(row)
    const fits = this.bytes + encoded.length <= LIST_LIMITS.pageBytes || this.tasks.length === 0
    this.isFull = this.tasks.length === this.limit || !fits
    if (this.isFull) return false
    this.tasks.push(encoded)
    this.bytes += encoded.length
    this.last = row.position
    return true
  }

  build(revision: bigint, hasNext: boolean, next = this.last): TaskPage {
    return { tasks: this.tasks, revision, next: hasNext ? next : undefined }
  }
}
