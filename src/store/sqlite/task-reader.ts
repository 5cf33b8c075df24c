// Reads tasks on a connection of its own, in short steps, so that the event loop never waits long.
import type Database from 'better-sqlite3'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { LIST_LIMITS, STORE_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { ListQuery, ReadyForm, ReadyPage, ReadyTask, SliceQuery, StoredTask, TaskCounts, TaskPage, TaskSlice } from '../../task/task-store.js'
import { countsOf, type CountRow } from '../sql/task-count.js'
import { PageBuilder } from '../sql/page-builder.js'
import { readyPage, readyTask } from '../sql/ready.js'
import { encodedTask, type EncodedRow } from '../sql/task-row.js'
import { listSql, type BoundSql } from './list-sql.js'
import { sliceSql, totalSql } from './slice-sql.js'

interface TaskRow extends EncodedRow {
  readonly revision: bigint
}

interface PageRow extends EncodedRow {
  readonly position: bigint
}

const FIRST_POSITION = { ascending: 0n, descending: 2n ** 63n - 1n }

/** Reads tasks. Throws what SQLite throws. */
export class SqliteTaskReader {
  private readonly database: Database.Database
  private readonly getTask: Database.Statement<[string, string], TaskRow>
  private readonly getInstances: Database.Statement<[string], string>
  private readonly getPolicy: Database.Statement<[string], Uint8Array>
  private readonly getRevision: Database.Statement<[string], bigint>
  private readonly getCounts: Database.Statement<[string], CountRow>
  private readonly statements = new Map<string, Database.Statement>()

  constructor(database: Database.Database) {
    this.database = database
    this.getTask = database.prepare(
      'SELECT encoded, lease, revision FROM task WHERE service_instance_id = ? AND task_id = ?',
    )
    this.getInstances = database
      .prepare<[string], string>('SELECT service_instance_id FROM task INDEXED BY task_by_id WHERE task_id = ?')
      .pluck()
    this.getPolicy = database
      .prepare<[string], Uint8Array>('SELECT encoded FROM retention_policy WHERE service_instance_id = ?')
      .pluck()
    this.getRevision = database
      .prepare<[string], bigint>('SELECT revision FROM service_instance WHERE service_instance_id = ?')
      .pluck()
    this.getCounts = database.prepare('SELECT status, total, roots FROM task_count WHERE service_instance_id = ?')
  }

  get(instance: InstanceId, id: TaskId): StoredTask | undefined {
    const row = this.getTask.get(instance, id)
    return row && { encoded: encodedTask(row), revision: row.revision }
  }

  /** A task, ready in a form. */
  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): ReadyTask<Form> | undefined {
    const task = this.get(instance, id)
    return task && readyTask(task, form)
  }

  /** A page that one step comes to the end of, ready in a form; otherwise undefined. */
  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form): ReadyPage<Form> | undefined {
    const page = this.listInOneStep(instance, query)
    return page && readyPage(page, form)
  }

  /** The version of what the connection sees of the instance. */
  version(instance: InstanceId): bigint {
    return this.revision(instance)
  }

  /** Which of `instances` has a task of that id. */
  locate(id: TaskId, instances: readonly InstanceId[] | undefined): InstanceId | undefined {
    const holders = this.getInstances.all(id) as InstanceId[]
    return holders.find((instance) => instances?.includes(instance) ?? true)
  }

  retentionPolicy(instance: InstanceId): RetentionPolicy {
    return RetentionPolicy.decode(this.getPolicy.get(instance) ?? new Uint8Array())
  }

  counts(instance: InstanceId): TaskCounts {
    return this.atOneMoment(() => countsOf(this.getCounts.all(instance), this.revision(instance)))
  }

  /** A slice, and the length of its list at the same moment. */
  slice(query: SliceQuery): TaskSlice {
    const instances = query.instances && [...new Set(query.instances)]
    if (instances?.length === 0) return { tasks: [], total: 0 }
    const page = sliceSql({ ...query, instances })
    const total = totalSql(instances)
    return this.atOneMoment(() => {
      const builder = new PageBuilder(query.limit)
      const rows = this.prepare(page.sql).iterate(page.parameters) as IterableIterator<EncodedRow>
      for (const row of rows) if (!builder.add(encodedTask(row))) break
      return { tasks: builder.tasks, total: Number(this.prepare(total.sql).pluck().get(total.parameters)) }
    })
  }

  /** A page, when one step comes to its end; otherwise undefined. */
  listInOneStep(instance: InstanceId, query: ListQuery): TaskPage | undefined {
    const list = this.list(instance, query)
    try {
      return list.step()
    } finally {
      list.close()
    }
  }

  /** A page in steps of LIST_LIMITS.scanStepRows rows. The connection is the list's own until it is closed. */
  list(instance: InstanceId, query: ListQuery): PagedList {
    return new PagedList(this, instance, query)
  }

  /** The revision that the connection sees the instance at. */
  revision(instance: InstanceId): bigint {
    return this.getRevision.get(instance) ?? 0n
  }

  /** Holds what the connection sees, until `release`. */
  hold(): void {
    this.database.exec('BEGIN')
  }

  release(): void {
    if (this.database.inTransaction) this.database.exec('COMMIT')
  }

  close(): void {
    this.database.close()
  }

  private atOneMoment<T>(read: () => T): T {
    this.hold()
    try {
      return read()
    } finally {
      this.release()
    }
  }

  /** A prepared statement for `sql`, kept for the next time. */
  prepare(sql: string): Database.Statement {
    const kept = this.statements.get(sql)
    const statement = kept ?? this.database.prepare(sql)
    this.statements.delete(sql)
    this.statements.set(sql, statement)
    const [oldest] = this.statements.keys()
    if (this.statements.size > STORE_LIMITS.keptStatements && oldest !== undefined) this.statements.delete(oldest)
    return statement
  }
}

/** One page of a list, read step by step in one transaction: it shows the instance at one revision. */
export class PagedList {
  /** Rows looked at so far. */
  scanned = 0
  private readonly reader: SqliteTaskReader
  private readonly instance: InstanceId
  private readonly query: ListQuery
  private readonly stepEnd: BoundSql
  private readonly page: BoundSql
  private readonly builder: PageBuilder
  private after: bigint
  private revision: bigint | undefined

  constructor(reader: SqliteTaskReader, instance: InstanceId, query: ListQuery) {
    this.reader = reader
    this.instance = instance
    this.query = query
    const { stepEnd, page } = listSql(query)
    this.stepEnd = stepEnd
    this.page = page
    this.builder = new PageBuilder(query.limit)
    this.after = query.after ?? (query.order.descending ? FIRST_POSITION.descending : FIRST_POSITION.ascending)
  }

  /** Reads on; the page once it is complete. */
  step(): TaskPage | undefined {
    if (this.revision === undefined) this.reader.hold()
    this.revision ??= this.reader.revision(this.instance)
    const isWhole = this.query.filter === undefined && this.query.matches === undefined
    const end = isWhole && this.builder.room <= LIST_LIMITS.scanStepRows ? undefined : this.findEnd()
    this.read(end)
    if (this.builder.isFull || end === undefined) return this.builder.build(this.revision, this.builder.isFull)
    this.after = end
    this.scanned += LIST_LIMITS.scanStepRows
    return undefined
  }

  /** The page as far as it was read, to be read on from there. */
  endShort(): TaskPage {
    return this.builder.build(this.revision ?? 0n, true, this.after)
  }

  /** Gives the connection free. */
  close(): void {
    this.reader.release()
  }

  private read(end: bigint | undefined): void {
    const { ascending, descending } = FIRST_POSITION
    const { order, matches } = this.query
    const last = order.descending ? ascending : descending
    const rows = this.reader.prepare(this.page.sql).iterate({
      ...this.page.parameters,
      instance: this.instance,
      after: this.after,
      end: end ?? last,
      limit: matches === undefined ? this.builder.room : LIST_LIMITS.scanStepRows,
    }) as IterableIterator<PageRow>
    for (const row of rows) {
      const encoded = encodedTask(row)
      if (matches?.(encoded) !== false && !this.builder.add(encoded, row.position)) break
    }
  }

  /** Where a step ends; undefined when fewer rows are left. */
  private findEnd(): bigint | undefined {
    const parameters = { ...this.stepEnd.parameters, instance: this.instance, after: this.after, rows: LIST_LIMITS.scanStepRows }
    return this.reader.prepare(this.stepEnd.sql).pluck().get(parameters) as bigint | undefined
  }
}
