// A page of a list, read step by step.
import type Database from 'better-sqlite3'
import { LIST_LIMITS } from '../../limits.js'
import { unframeTask } from '../../task/framed-task.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { ListQuery, TaskPage } from '../../task/task-store.js'
import { PageBuilder } from '../sql/page-builder.js'
import { listSql } from './list-sql.js'
import { ALL_REVISIONS, rangeOf, type KeyRange, type ListRange } from './task-key.js'

/** How an instance stands. */
export interface InstanceState {
  /** Of the last write; 0 without any. */
  readonly revision: bigint
  readonly keys: KeyRange
}

/** The connection that a page is read on. */
export interface PageSource {
  /** Holds what the connection sees, until `release`. */
  hold(): void
  release(): void
  /** How the connection sees the instance. */
  instance(instance: InstanceId): InstanceState
  /** A prepared statement for `sql`. */
  prepare(sql: string): Database.Statement
}

interface PageRow {
  readonly framed: Uint8Array
  readonly position: bigint
}

/** One page of a list, read step by step in one transaction: it shows the instance at one revision. */
export class PagedList {
  /** Rows looked at so far. */
  scanned = 0
  private readonly source: PageSource
  private readonly instance: InstanceId
  private readonly query: ListQuery
  private readonly sql
  private readonly builder: PageBuilder
  private range: ListRange | undefined
  private revision = 0n

  constructor(source: PageSource, instance: InstanceId, query: ListQuery) {
    this.source = source
    this.instance = instance
    this.query = query
    this.sql = listSql(query)
    this.builder = new PageBuilder(query.limit)
  }

  /** Reads on; the page once it is complete. */
  step(): TaskPage | undefined {
    const range = (this.range ??= this.begin())
    const isWhole = this.query.filter === undefined && this.query.matches === undefined
    const end = isWhole && this.builder.room <= LIST_LIMITS.scanStepRows ? undefined : this.findEnd(range)
    this.read(end === undefined ? range : { ...range, end })
    if (this.builder.isFull || end === undefined) return this.builder.build(this.revision, this.builder.isFull)
    this.range = { ...range, after: end }
    this.scanned += LIST_LIMITS.scanStepRows
    return undefined
  }

  /** The page as far as it was read, to be read on from there. */
  endShort(): TaskPage {
    return this.builder.build(this.revision, true, this.range && this.range.after - this.range.base)
  }

  /** Gives the connection free. */
  close(): void {
    this.source.release()
  }

  private begin(): ListRange {
    this.source.hold()
    const { revision, keys } = this.source.instance(this.instance)
    this.revision = revision
    return rangeOf(this.query, this.sql.byKey ? keys : ALL_REVISIONS)
  }

  private read({ base, after, end }: ListRange): void {
    const { matches } = this.query
    const { sql, parameters } = this.sql.page
    const rows = this.source.prepare(sql).iterate({
      ...parameters,
      instance: this.instance,
      after,
      end,
      limit: matches === undefined ? this.builder.room : LIST_LIMITS.scanStepRows,
    }) as IterableIterator<PageRow>
    for (const { framed, position } of rows) {
      const encoded = unframeTask(framed)
      if (matches?.(encoded) !== false && !this.builder.add(encoded, position - base)) break
    }
  }

  /** Where a step ends; undefined when fewer rows are left. */
  private findEnd({ after, end }: ListRange): bigint | undefined {
    const { sql, parameters } = this.sql.stepEnd
    const values = { ...parameters, instance: this.instance, after, end, rows: LIST_LIMITS.scanStepRows }
    return this.source.prepare(sql).pluck().get(values) as bigint | undefined
  }
}
