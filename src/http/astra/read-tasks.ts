// The two operations of the face: a task, and a page of a list of tasks.
import { Task } from '../../../gen/openshift/v1/task.js'
import type { CallContext } from '../../api/api-method.js'
import type { TaskId } from '../../task/identifiers.js'
import { TaskError } from '../../task/task-error.js'
import type { TaskKey } from '../../task/task-key.js'
import type { TaskService } from '../../task/task-service.js'
import type { TaskPage } from '../../task/task-store.js'
import { writeContinue } from './continue-token.js'
import { matchesAll } from './filter.js'
import type { ListQuery } from './list-query.js'
import { splitFilter } from './stored-filter.js'
import { actorId, astraTask, TASK_FIELDS, type AstraTask, type FieldName, type Metadata } from './task-fields.js'

/** What `metadata` of a list says; nothing but `continue` when fields were asked for. */
export interface ListMetadata extends Partial<Metadata> {
  /** Token of the next page. */
  readonly continue?: string
  /** Tasks of the whole list; absent when only a walk through all of them would tell. */
  readonly count?: number
}

/** The body of a list. */
export type ListBody =
  | { readonly type: 'application/astra-tasks'; readonly version: '1.1'; readonly items: readonly AstraTask[]; readonly metadata: ListMetadata }
  | { readonly items: readonly (readonly unknown[])[]; readonly metadata: ListMetadata }

/** Throws NOT_FOUND. */
export async function readTask(tasks: TaskService, key: TaskKey): Promise<AstraTask> {
  return astraTask(Task.decode((await tasks.get(key)).encoded))
}

/** Throws what the store throws. */
export async function readList(tasks: TaskService, query: ListQuery, { caller, signal }: CallContext): Promise<ListBody> {
  const { identity, include } = query
  const page = await readPage(tasks, query, signal)
  const found = page.tasks.map((encoded) => Task.decode(encoded))
  const next = page.next === undefined ? {} : { continue: writeContinue(identity, page.next, tasks.now()) }
  if (include !== undefined) return { items: found.map((task) => valuesOf(task, include)), metadata: next }
  const count = await countOf(tasks, query, page)
  const now = tasks.now().toISOString()
  return {
    type: 'application/astra-tasks',
    version: '1.1',
    items: found.map(astraTask),
    metadata: {
      ...next,
      ...(count === undefined ? {} : { count }),
      labels: [],
      creationTimestamp: now,
      modificationTimestamp: now,
      createdBy: actorId(identity.instance, caller.name),
    },
  }
}

/** Values in the order they were asked for; null for one that the task does not have. */
function valuesOf(task: Task, include: readonly FieldName[]): unknown[] {
  return include.map((name) => TASK_FIELDS[name].value(task) ?? null)
}

function readPage(tasks: TaskService, query: ListQuery, signal: AbortSignal): Promise<Pick<TaskPage, 'tasks' | 'next'>> {
  const { identity, clauses, after, limit } = query
  const id = clauses.find(({ field, operator }) => field.path === 'id' && operator === 'eq')?.values[0]
  if (id !== undefined) return readOne(tasks, query, { instance: identity.instance, taskId: String(id) as TaskId })
  const { stored, rest } = splitFilter(clauses)
  const matches = (encoded: Uint8Array): boolean => matchesAll(rest, Task.decode(encoded))
  const list = { order: identity.order, filter: stored, after, limit, ...(rest.length > 0 && { matches }) }
  return tasks.page(identity.instance, list, signal)
}

/** A list that can only have one task is no walk. */
async function readOne(tasks: TaskService, { clauses, after }: ListQuery, key: TaskKey): Promise<Pick<TaskPage, 'tasks' | 'next'>> {
  try {
    const { encoded } = await tasks.get(key)
    const isThere = after === undefined && matchesAll(clauses, Task.decode(encoded))
    return { tasks: isThere ? [encoded] : [], next: undefined }
  } catch (error) {
    if (error instanceof TaskError && error.code === 'NOT_FOUND') return { tasks: [], next: undefined }
    throw error
  }
}

/** How long the whole list is, as far as the page and the counters know. */
async function countOf(tasks: TaskService, { clauses, after, identity }: ListQuery, page: Pick<TaskPage, 'tasks' | 'next'>): Promise<number | undefined> {
  if (after === undefined && page.next === undefined) return page.tasks.length
  return clauses.length === 0 ? (await tasks.counts(identity.instance)).total : undefined
}
