// Reads tasks on a connection of its own, in short steps, so that the event loop never waits long.
import type Database from 'better-sqlite3'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { LIST_LIMITS, STORE_LIMITS } from '../../limits.js'
import { unframeTask } from '../../task/framed-task.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { ListQuery, ReadyForm, ReadyPage, ReadyTask, SliceQuery, StoredTask, TaskCounts, TaskPage, TaskSlice } from '../../task/task-store.js'
import { printTask, taskJsonForm } from '../../task/task-json.js'
import { countsOf, type CountRow } from '../sql/task-count.js'
import { PageBuilder } from '../sql/page-builder.js'
import { joinedSql, type JoinedRow } from './joined-sql.js'
import { PagedList, type InstanceState, type PageSource } from './paged-list.js'
import { sliceSql, totalSql } from './slice-sql.js'
import { ALL_REVISIONS, keysOf, rangeOf } from './task-key.js'

interface TaskRow {
  readonly framed: Uint8Array
  readonly revision: bigint
}

interface JsonRow {
  readonly json: string
  readonly form: bigint
  readonly revision: bigint
}

interface InstanceRow {
  readonly number: bigint
  readonly revision: bigint
}

/** No instance has this number. */
const NOBODY = 0n

/** Reads tasks. Throws what SQLite throws. */
export class SqliteTaskReader implements PageSource {
  private readonly database: Database.Database
  private readonly getTask: Database.Statement<[string, string], TaskRow>
  private readonly getJson: Database.Statement<[string, string], JsonRow>
  private readonly getInstances: Database.Statement<[string], string>
  private readonly getPolicy: Database.Statement<[string], Uint8Array>
  private readonly getInstance: Database.Statement<[string], InstanceRow>
  private readonly getVersion: Database.Statement<[string], bigint>
  private readonly getCounts: Database.Statement<[string], CountRow>
  private readonly statements = new Map<string, Database.Statement>()
  private readonly form = BigInt(taskJsonForm())

  constructor(database: Database.Database) {
    this.database = database
    const byId = 'task_id = ? AND service_instance_id = ?'
    this.getTask = database.prepare(`SELECT framed, revision FROM task WHERE ${byId}`)
    // The index alone leads to the key, so the task itself is not touched.
    this.getJson = database.prepare(
      `SELECT json, form, revision FROM task_json WHERE key = (SELECT key FROM task INDEXED BY task_by_id WHERE ${byId})`,
    )
    this.getInstances = pluck(database, 'SELECT service_instance_id FROM task INDEXED BY task_by_id WHERE task_id = ?')
    this.getPolicy = pluck(database, 'SELECT encoded FROM retention_policy WHERE service_instance_id = ?')
    this.getInstance = database.prepare('SELECT number, revision FROM service_instance WHERE service_instance_id = ?')
    this.getVersion = pluck(database, 'SELECT changes FROM service_instance WHERE service_instance_id = ?')
    this.getCounts = database.prepare('SELECT status, total, roots FROM task_count WHERE service_instance_id = ?')
  }

  get(instance: InstanceId, id: TaskId): StoredTask | undefined {
    const row = this.getTask.get(id, instance)
    return row && { encoded: unframeTask(row.framed), revision: row.revision }
  }

  /** A task, ready in a form. Throws JsonFault on one that JSON cannot show. */
  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): ReadyTask<Form> | undefined
  ready(instance: InstanceId, id: TaskId, form: ReadyForm): ReadyTask<ReadyForm> | undefined {
    if (form === 'json') {
      const row = this.getJson.get(id, instance)
      if (row === undefined) return undefined
      if (row.form === this.form) return { content: row.json, revision: row.revision }
    }
    const row = this.getTask.get(id, instance)
    if (row === undefined) return undefined
    return { content: form === 'json' ? printTask(unframeTask(row.framed)) : row.framed, revision: row.revision }
  }

  /** A page in one statement; undefined where that could not be within what a list may read at once, or answer. */
  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form): ReadyPage<Form> | undefined
  readyPage(instance: InstanceId, query: ListQuery, form: ReadyForm): ReadyPage<ReadyForm> | undefined {
    if (query.limit > LIST_LIMITS.scanStepRows) return undefined
    const statement = joinedSql(query, form)
    if (statement === undefined) return undefined
    const { base, end, after } = rangeOf(query, statement.byKey ? this.instance(instance).keys : ALL_REVISIONS)
    const row = this.prepare(statement.sql).get({
      ...statement.parameters,
      instance,
      after,
      end,
      limit: query.limit,
      // So small that all of them fit on a page.
      most: Math.floor(LIST_LIMITS.pageBytes / query.limit),
      form: this.form,
    }) as JoinedRow
    if (row.joined < row.count) return undefined
    const content = row.content ?? (form === 'json' ? '' : new Uint8Array())
    const next = row.more === 1n && row.last !== null ? row.last - base : undefined
    return { content, count: Number(row.count), revision: row.revision ?? 0n, next }
  }

  /** The number of changes that the connection sees of the instance. */
  version(instance: InstanceId): bigint {
    return this.getVersion.get(instance) ?? 0n
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
    return this.atOneMoment(() => countsOf(this.getCounts.all(instance), this.instance(instance).revision))
  }

  /** A slice, and the length of its list at the same moment. */
  slice(query: SliceQuery): TaskSlice {
    const instances = query.instances && [...new Set(query.instances)]
    if (instances?.length === 0) return { tasks: [], total: 0 }
    const page = sliceSql({ ...query, instances })
    const total = totalSql(instances)
    return this.atOneMoment(() => {
      const builder = new PageBuilder(query.limit)
      const rows = this.prepare(page.sql).iterate(page.parameters) as IterableIterator<{ readonly framed: Uint8Array }>
      for (const { framed } of rows) if (!builder.add(unframeTask(framed))) break
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

  /** How the connection sees the instance. */
  instance(instance: InstanceId): InstanceState {
    const { revision, number } = this.getInstance.get(instance) ?? { revision: 0n, number: NOBODY }
    return { revision, keys: keysOf(number) }
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

function pluck<Value>(database: Database.Database, sql: string): Database.Statement<[string], Value> {
  return database.prepare<[string], Value>(sql).pluck()
}
