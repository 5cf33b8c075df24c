// The two operations of the face: a task, and a page of a list of tasks.
import { createHash } from 'node:crypto'
import { Task } from '../../../gen/openshift/v1/task.js'
import type { CallContext } from '../../api/api-method.js'
import { LIST_LIMITS } from '../../limits.js'
import type { TaskId } from '../../task/identifiers.js'
import type { StepQueue } from '../../task/step-queue.js'
import { TaskError } from '../../task/task-error.js'
import type { TaskKey } from '../../task/task-key.js'
import type { TaskService } from '../../task/task-service.js'
import type { TaskPage } from '../../task/task-store.js'
import { writeContinue } from './continue-token.js'
import { matchesAll } from './filter.js'
import type { ListQuery } from './list-query.js'
import { splitFilter } from './stored-filter.js'
import { actorId, astraTask, TASK_FIELDS, type FieldName, type Metadata } from './task-fields.js'

/** What `metadata` of a list says; nothing but `continue` when fields were asked for. */
interface ListMetadata extends Partial<Metadata> {
  /** Token of the next page. */
  readonly continue?: string
  /** Tasks of the whole list; absent when only a walk through all of them would tell. */
  readonly count?: number
}

/** A list as it is sent. */
export interface ListAnswer {
  /** JSON. */
  readonly body: string
  /** Weak: a list that shows the same says when it was asked for all the same. */
  readonly etag: string
}

/** Milliseconds for which the tag of a page with a next one holds at most: the token in it has to be of use for as long again. */
const tokenTagMs = (): number => LIST_LIMITS.pageTokenAgeMs / 2

/** The stored task. Throws NOT_FOUND. */
export async function readTask(tasks: TaskService, key: TaskKey): Promise<Task> {
  return Task.decode((await tasks.get(key)).encoded)
}

/** A page of a list, written in `steps`. Throws what the store throws. */
export async function readList(
  { tasks, steps }: { readonly tasks: TaskService; readonly steps: StepQueue },
  query: ListQuery,
  { caller, signal }: Pick<CallContext, 'caller' | 'signal'>,
): Promise<ListAnswer> {
  const { identity, include } = query
  const page = await readPage(tasks, query, signal)
  const now = tasks.now()
  const next = page.next === undefined ? {} : { continue: writeContinue(identity, page.next, now) }
  const hash = createHash('md5').update(page.next === undefined ? '' : `${page.next} ${Math.floor(now.getTime() / tokenTagMs())}`)
  const write = (encoded: Uint8Array): string => {
    const task = Task.decode(encoded)
    const item = JSON.stringify(include === undefined ? astraTask(task) : valuesOf(task, include))
    hash.update(item)
    return item
  }
  // All at once, for the queue runs as many in a turn as have room in it.
  const items = (await Promise.all(page.tasks.map((encoded) => steps.run(() => write(encoded), signal)))).join()
  const answer = (head: string, metadata: ListMetadata): ListAnswer => ({
    body: `{${head}"items":[${items}],"metadata":${JSON.stringify(metadata)}}`,
    etag: `W/"${hash.digest('hex')}"`,
  })
  if (include !== undefined) return answer('', next)
  const count = await countOf(tasks, query, page)
  const createdBy = actorId(identity.instance, caller.name)
  hash.update(` ${count} ${createdBy}`)
  const asked = now.toISOString()
  const times = { creationTimestamp: asked, modificationTimestamp: asked }
  return answer('"type":"application/astra-tasks","version":"1.1",', { ...next, ...(count !== undefined && { count }), labels: [], ...times, createdBy })
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
