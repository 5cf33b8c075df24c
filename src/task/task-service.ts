// The use cases of the domain: what a caller may do with the tasks of a service instance.
import type { Caller } from './caller.js'
import { newTaskId, type InstanceId, type TaskId } from './identifiers.js'
import type { ListIdentity } from './page-token.js'
import { readPageToken, writePageToken } from './page-token.js'
import { parseFilter } from './filter-parser.js'
import { taskNotFound } from './task-error.js'
import type { CreateChange, DeleteChange, TaskUpdate } from './task-change.js'
import type { StoredTask, TaskPage, TaskStore } from './task-store.js'

/** Which page of which list. */
export interface ListRequest extends ListIdentity {
  /** Tasks at most, at least 1. */
  readonly pageSize: number
  /** Token of the page before; '' for the first page. */
  readonly pageToken: string
}

/** A page, and the token of the next one; '' when there is none. */
export interface ListAnswer extends Pick<TaskPage, 'tasks' | 'revision'> {
  readonly nextPageToken: string
}

export interface TaskServiceParts {
  readonly store: TaskStore
  readonly now: () => Date
}

/** Reads and records tasks. Every method throws what the store throws, besides what it says itself. */
export class TaskService {
  private readonly store: TaskStore
  private readonly now: () => Date

  constructor({ store, now }: TaskServiceParts) {
    this.store = store
    this.now = now
  }

  /** Throws NOT_FOUND. */
  async get(instance: InstanceId, id: TaskId): Promise<StoredTask> {
    const task = await this.store.get(instance, id)
    if (task === undefined) throw taskNotFound(id)
    return task
  }

  /** Throws INVALID_ARGUMENT on a bad filter or page token; rejects with the reason of `signal`. */
  async list(request: ListRequest, signal: AbortSignal): Promise<ListAnswer> {
    const { instance, order, pageSize } = request
    const filter = parseFilter(request.filter)
    const after = readPageToken(request.pageToken, request, this.now())
    const page = await this.store.list(instance, { order, filter, after, limit: pageSize }, signal)
    const nextPageToken = page.next === undefined ? '' : writePageToken(request, page.next, this.now())
    return { tasks: page.tasks, revision: page.revision, nextPageToken }
  }

  /** Records a task. Throws ALREADY_EXISTS when the request id was used for another request. */
  create(caller: Caller, instance: InstanceId, change: CreateChange): Promise<StoredTask> {
    return this.store.write({ instance, taskId: newTaskId(), actor: caller.name, change })
  }

  /** Changes a task. Throws NOT_FOUND, ABORTED on another etag, FAILED_PRECONDITION when its status forbids it. */
  change(caller: Caller, task: TaskKey, change: TaskUpdate | DeleteChange): Promise<StoredTask> {
    return this.store.write({ ...task, actor: caller.name, change })
  }
}

/** A task of a service instance. */
export interface TaskKey {
  readonly instance: InstanceId
  readonly taskId: TaskId
}
