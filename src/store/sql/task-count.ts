// What a write does to the numbers of tasks, which are kept so that nobody has to count.
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { Status } from '../../task/lifecycle.js'
import { statusOf } from '../../task/apply-update.js'
import type { TaskCounts } from '../../task/task-store.js'

/** Tasks more, or fewer, of one status. */
export interface CountChange {
  readonly status: Status
  readonly total: number
  /** Of those, the ones that are no part of another. */
  readonly roots: number
}

/** A row of the numbers of an instance. */
export interface CountRow {
  readonly status: string
  readonly total: bigint | number
  readonly roots: bigint | number
}

/** The changes that make the numbers right again; `before` and `after` are undefined where there is no task. */
export function countChanges(before: Task | undefined, after: Task | undefined): CountChange[] {
  if (before?.status === after?.status) return []
  return [...(before === undefined ? [] : [countOf(before, -1)]), ...(after === undefined ? [] : [countOf(after, 1)])]
}

/** The numbers of an instance at a revision. */
export function countsOf(rows: readonly CountRow[], revision: bigint): TaskCounts {
  const sum = (column: 'total' | 'roots'): number => rows.reduce((total, row) => total + Number(row[column]), 0)
  const some = rows.filter(({ total }) => Number(total) > 0).map(({ status, total }) => [status, Number(total)] as const)
  return { total: sum('total'), roots: sum('roots'), byStatus: Object.fromEntries(some), revision }
}

function countOf(task: Task, number: 1 | -1): CountChange {
  return { status: statusOf(task), total: number, roots: task.parentTaskId === '' ? number : 0 }
}
