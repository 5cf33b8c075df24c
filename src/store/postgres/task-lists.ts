// Runs lists, each in a transaction that shows one moment.
import { LIST_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { ListQuery, SliceQuery, TaskPage, TaskSlice } from '../../task/task-store.js'
import { PageBuilder } from '../sql/page-builder.js'
import { encodedTask, type EncodedRow } from '../sql/task-row.js'
import type { Connection, Database, Statement } from './database.js'
import { listSql, type ListPart } from './list-sql.js'
import { sliceSql, totalSql } from './slice-sql.js'

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
const READ_REVISION: Statement = {
  name: 'read_revision',
  text: 'SELECT revision FROM service_instance WHERE service_instance_id = $1',
}
const FIRST_POSITION = { ascending: 0n, descending: 2n ** 63n - 1n }

interface PageRow extends EncodedRow {
  readonly position: bigint
  readonly scanned: bigint
}

/** Lists tasks. */
export class TaskLists {
  private readonly database: Database

  constructor(database: Database) {
    this.database = database
  }

  /** A page, read at one revision. Rejects with the reason of `signal` between its statements. */
  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage> {
    return this.database.transaction(BEGIN, async (transaction) => {
      const { ascending, descending } = FIRST_POSITION
      const after = query.after ?? (query.order.descending ? descending : ascending)
      const page = new Page(transaction, query)
      const [[row], built] = await Promise.all([
        transaction.rows<{ revision: bigint }>(READ_REVISION, [instance]),
        page.read({ instance, after, scan: LIST_LIMITS.scanRows, limit: page.rowsAtOnce }, signal),
      ])
      return built(row?.revision ?? 0n)
    })
  }

  /** A part of a list across instances, and the length of the list at the same moment. */
  async slice(query: SliceQuery): Promise<TaskSlice> {
    const instances = query.instances && [...new Set(query.instances)]
    if (instances?.length === 0) return { tasks: [], total: 0 }
    const page = sliceSql({ ...query, instances })
    const count = totalSql(instances)
    return this.database.transaction(BEGIN, async (transaction) => {
      const [rows, totals] = await Promise.all([
        transaction.rows<EncodedRow>(page, page.values),
        transaction.rows<{ total: bigint }>(count, count.values),
      ])
      const builder = new PageBuilder(query.limit)
      for (const row of rows) if (!builder.add(encodedTask(row))) break
      return { tasks: builder.tasks, total: Number(totals[0]?.total ?? 0n) }
    })
  }
}

/** One page, read in as many parts as it takes. */
class Page {
  private readonly connection: Connection
  private readonly query: ListQuery
  private readonly sql
  private readonly builder: PageBuilder

  constructor(connection: Connection, query: ListQuery) {
    this.connection = connection
    this.query = query
    this.sql = listSql(query)
    this.builder = new PageBuilder(query.limit)
  }

  /** Rows that one statement answers. */
  get rowsAtOnce(): number {
    return this.query.matches === undefined ? this.builder.room : LIST_LIMITS.scanStepRows
  }

  /** How the page is built once its revision is known. */
  async read(part: ListPart, signal: AbortSignal): Promise<(revision: bigint) => TaskPage> {
    for (let at = part; ; ) {
      signal.throwIfAborted()
      const statement = this.sql.page(at)
      const rows = await this.connection.rows<PageRow>(statement, statement.values)
      if (!this.add(rows)) return (revision) => this.builder.build(revision, true)
      const last = rows.at(-1)
      if (last === undefined || !isCut(rows, at.limit)) return this.end(at)
      at = { ...at, after: last.position, scan: at.scan - Number(last.scanned), limit: this.rowsAtOnce }
      if (at.scan <= 0) return (revision) => this.builder.build(revision, true, last.position)
    }
  }

  /** Adds rows that match; false when the page is full. */
  private add(rows: readonly PageRow[]): boolean {
    for (const row of rows) {
      const encoded = encodedTask(row)
      if (this.query.matches?.(encoded) !== false && !this.builder.add(encoded, row.position)) return false
    }
    return true
  }

  /** The walk came to its end, or looked at as many rows as it may. */
  private async end(part: ListPart): Promise<(revision: bigint) => TaskPage> {
    const { filter, matches } = this.query
    if (filter === undefined && matches === undefined) return (revision) => this.builder.build(revision, false)
    const statement = this.sql.end(part)
    const [row] = await this.connection.rows<{ position: bigint }>(statement, statement.values)
    return (revision) => this.builder.build(revision, row !== undefined, row?.position)
  }
}

/** Whether there may be more rows than a statement answered: as many as it may, or as many bytes. */
function isCut(rows: readonly PageRow[], limit: number): boolean {
  const bytes = rows.reduce((sum, { encoded, lease }) => sum + encoded.length + (lease?.length ?? 0), 0)
  return rows.length === limit || bytes > LIST_LIMITS.pageBytes
}
