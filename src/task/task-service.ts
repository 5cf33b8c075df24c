// The use cases of the domain: what a caller may do with the tasks of a service instance.
import type { RetentionPolicy } from '../../gen/openshift/v1/task_producer_service.js'
import type { TaskEvent } from '../../gen/openshift/v1/task_event.js'
import { whenThere, type Soon } from '../base/soon.js'
import { WATCH_LIMITS } from '../limits.js'
import type { Caller } from './caller.js'
import { Feed } from './feed.js'
import { newTaskId, type InstanceId, type TaskId } from './identifiers.js'
import { readPageToken, writePageToken, type ListIdentity } from './page-token.js'
import { parseFilter } from './filter-parser.js'
import { TaskError, taskNotFound } from './task-error.js'
import type { CreateChange, TaskChange } from './task-change.js'
import { Places } from './places.js'
import type { TaskKey } from './task-key.js'
import type {
  ListQuery,
  ReadyForm,
  ReadyPage,
  ReadyTask,
  SliceQuery,
  StoredTask,
  TaskCounts,
  TaskPage,
  TaskSlice,
  TaskStore,
  Waiting,
  WrittenTask,
} from './task-store.js'
import { tooMany, Waits } from './waits.js'
import { watch, type WatchAnswer, type WatchRequest } from './watch.js'

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

/** The same, ready to be sent. */
export interface ReadyListAnswer<Form extends ReadyForm> extends Pick<ReadyPage<Form>, 'content' | 'revision'> {
  readonly nextPageToken: string
}

/** A page of events, and the token of the next one; '' when there is none. */
export interface EventsAnswer {
  readonly events: readonly TaskEvent[]
  readonly nextPageToken: string
}

/** A change of a task that exists, and the etag it must have; '' for any. */
export interface ConditionalChange {
  readonly change: Exclude<TaskChange['change'], CreateChange>
  readonly etag: string
}

export interface TaskServiceParts {
  readonly store: TaskStore
  readonly now: () => Date
  /** Hears of faults that callers are told nothing about. */
  readonly report: (error: unknown) => void
}

/** Reads, records and follows tasks. Every method throws what the store throws, besides what it says itself. */
export class TaskService {
  readonly now: () => Date
  private readonly store: TaskStore
  private readonly feed: Feed
  private readonly waits: Waits
  private readonly watchers = new Places(() => ({ all: WATCH_LIMITS.watchers, ofInstance: WATCH_LIMITS.tenantWatchers }))

  constructor({ store, now, report }: TaskServiceParts) {
    this.store = store
    this.now = now
    this.feed = new Feed(store, report)
    this.waits = new Waits(store, this.feed, (key) => this.missing(key))
  }

  /** Calls that wait and streams that watch now. */
  get load(): { readonly waiters: number; readonly watchers: number } {
    return { waiters: this.waits.size, watchers: this.watchers.size }
  }

  /** Throws NOT_FOUND: TASK_DELETED when the history still knows the task, TASK_NOT_FOUND when it does not. */
  get(key: TaskKey): Soon<StoredTask> {
    return whenThere(this.store.get(key.instance, key.taskId), (task) => task ?? this.refuse(key))
  }

  /** The same, ready to be sent. */
  ready<Form extends ReadyForm>(key: TaskKey, form: Form): Soon<ReadyTask<Form>> {
    return whenThere(this.store.ready(key.instance, key.taskId, form), (task) => task ?? this.refuse(key))
  }

  /** What `TaskStore.stamp` says. */
  stamp(instance: InstanceId): number | undefined {
    return this.store.stamp(instance)
  }

  /** What `TaskStore.version` says. */
  version(instance: InstanceId): Soon<bigint | undefined> {
    return this.store.version(instance)
  }

  /** The key of a task by its id alone. Throws NOT_FOUND when none of `instances` has it, undefined for all there are. */
  async locate(taskId: TaskId, instances: readonly InstanceId[] | undefined): Promise<TaskKey> {
    const instance = await this.store.locate(taskId, instances)
    if (instance === undefined) throw taskNotFound(taskId)
    return { instance, taskId }
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

  /** The same, ready to be sent. */
  readyList<Form extends ReadyForm>(request: ListRequest, form: Form, call: Waiting): Soon<ReadyListAnswer<Form>> {
    const { instance, order, pageSize } = request
    const filter = parseFilter(request.filter)
    const after = readPageToken(request.pageToken, request, this.now())
    return whenThere(this.store.readyPage(instance, { order, filter, after, limit: pageSize }, form, call), (page) => {
      const nextPageToken = page.next === undefined ? '' : writePageToken(request, page.next, this.now())
      return { content: page.content, revision: page.revision, nextPageToken }
    })
  }

  /** A page for a face that keeps positions of its own. */
  page(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage> {
    return this.store.list(instance, query, signal)
  }

  /** A part of a list by offset, for a face that pages so. */
  slice(query: SliceQuery, signal: AbortSignal): Promise<TaskSlice> {
    return this.store.slice(query, signal)
  }

  counts(instance: InstanceId): Promise<TaskCounts> {
    return this.store.counts(instance)
  }

  /** Records a task. Throws ALREADY_EXISTS when the request id was used for another request. */
  create(caller: Caller, instance: InstanceId, change: CreateChange): Promise<WrittenTask> {
    return this.store.write({ instance, taskId: newTaskId(), actor: caller.name, callId: caller.callId, etag: '', change })
  }

  /** Changes a task. Throws NOT_FOUND, ABORTED on another etag or lease, FAILED_PRECONDITION when it is not allowed. */
  async change(caller: Caller, key: TaskKey, { change, etag }: ConditionalChange): Promise<WrittenTask> {
    try {
      return await this.store.write({ ...key, actor: caller.name, callId: caller.callId, etag, change })
    } catch (error) {
      // Writers hear of a task that is gone what readers do.
      throw error instanceof TaskError && error.reason === 'TASK_NOT_FOUND' ? await this.missing(key) : error
    }
  }

  /** What happened to a task, oldest first. Throws NOT_FOUND when nothing is known of it. */
  async events(key: TaskKey, page: { readonly size: number; readonly token: string }): Promise<EventsAnswer> {
    const { instance, taskId } = key
    const list = { instance, filter: `events of ${taskId}`, order: { field: 'modified_at', descending: false } } as const
    const after = readPageToken(page.token, list, this.now()) ?? 0n
    const newest = await this.store.lastEvent(instance, taskId)
    const stored = await this.store.events(instance, { taskId, after, limit: page.size })
    if (stored.length === 0 && after === 0n) await this.get(key)
    const last = stored.at(-1)
    // A page can end early, so its length does not tell whether there is more.
    const hasMore = last !== undefined && newest !== undefined && last.revision < newest.revision
    return {
      events: stored.map(({ event }) => event),
      nextPageToken: hasMore ? writePageToken(list, last.revision, this.now()) : '',
    }
  }

  /** The task once it has ended, or as it is after `timeoutMs`. Throws NOT_FOUND, RESOURCE_EXHAUSTED. */
  wait(key: TaskKey, timeoutMs: number, signal: AbortSignal): Promise<StoredTask> {
    return this.waits.wait(key, timeoutMs, signal)
  }

  /** Follows an instance, as `watch` says. Throws RESOURCE_EXHAUSTED (TOO_MANY_WAITING). */
  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchAnswer> {
    if (!this.watchers.take(request.instance)) throw tooMany('watch')
    try {
      const lifeMs = WATCH_LIMITS.lifeMs * (1 + Math.random())
      yield* watch(request, { store: this.store, feed: this.feed, lifeMs }, signal)
    } finally {
      this.watchers.giveBack(request.instance)
    }
  }

  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    return this.store.retentionPolicy(instance)
  }

  setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    return this.store.setRetentionPolicy(instance, policy)
  }

  private async refuse(key: TaskKey): Promise<never> {
    throw await this.missing(key)
  }

  /** NOT_FOUND, with what the history knows of a task that is gone. */
  private async missing({ instance, taskId }: TaskKey): Promise<TaskError> {
    const last = await this.store.lastEvent(instance, taskId)
    if (last?.at === undefined) return taskNotFound(taskId)
    const how = last.kind === 'EXPIRED' ? 'by the retention policy' : `by ${last.actor}`
    const metadata = { deletedAt: last.at.toISOString() }
    return new TaskError('NOT_FOUND', 'TASK_DELETED', `Task ${taskId} was deleted ${how}`, { taskId, metadata })
  }
}
