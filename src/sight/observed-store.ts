// A store whose work is seen: every operation goes through an observer, whatever database is behind.
import type { Soon } from '../base/soon.js'
import type {
  ChangeListener,
  EventQuery,
  FollowedInstances,
  ListQuery,
  PurgeCount,
  ReadyForm,
  ReadyPage,
  ReadyTask,
  SliceQuery,
  TaskStore,
  Waiting,
  WrittenTask,
} from '../task/task-store.js'
import type { InstanceId, TaskId } from '../task/identifiers.js'
import type { TaskChange } from '../task/task-change.js'
import type { RetentionPolicy } from '../../gen/openshift/v1/task_producer_service.js'

/** What a store can be asked to do. */
export type StoreOperation = Exclude<keyof TaskStore, 'onChange' | 'close' | 'stamp'>

/** Sees the operations of a store. */
export interface StoreObserver {
  /** Does `work`, which is `operation`; answers and fails as it does, at once or later. */
  operate<T extends Soon<unknown>>(operation: StoreOperation, work: () => T): T
}

/** `store`, seen by `observer`. */
export class ObservedStore implements TaskStore {
  private readonly store: TaskStore
  private readonly observer: StoreObserver

  constructor(store: TaskStore, observer: StoreObserver) {
    this.store = store
    this.observer = observer
  }

  get(instance: InstanceId, id: TaskId): ReturnType<TaskStore['get']> {
    return this.observer.operate('get', () => this.store.get(instance, id))
  }

  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): Soon<ReadyTask<Form> | undefined> {
    return this.observer.operate('ready', () => this.store.ready(instance, id, form))
  }

  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form, call: Waiting): Soon<ReadyPage<Form>> {
    return this.observer.operate('readyPage', () => this.store.readyPage(instance, query, form, call))
  }

  version(instance: InstanceId): ReturnType<TaskStore['version']> {
    return this.observer.operate('version', () => this.store.version(instance))
  }

  /** Costs less than to be seen. */
  stamp(instance: InstanceId): number | undefined {
    return this.store.stamp(instance)
  }

  locate(id: TaskId, instances: readonly InstanceId[] | undefined): ReturnType<TaskStore['locate']> {
    return this.observer.operate('locate', () => this.store.locate(id, instances))
  }

  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): ReturnType<TaskStore['list']> {
    return this.observer.operate('list', () => this.store.list(instance, query, signal))
  }

  slice(query: SliceQuery, signal: AbortSignal): ReturnType<TaskStore['slice']> {
    return this.observer.operate('slice', () => this.store.slice(query, signal))
  }

  counts(instance: InstanceId): ReturnType<TaskStore['counts']> {
    return this.observer.operate('counts', () => this.store.counts(instance))
  }

  events(instance: InstanceId, query: EventQuery): ReturnType<TaskStore['events']> {
    return this.observer.operate('events', () => this.store.events(instance, query))
  }

  taskAt(instance: InstanceId, revision: bigint): ReturnType<TaskStore['taskAt']> {
    return this.observer.operate('taskAt', () => this.store.taskAt(instance, revision))
  }

  lastEvent(instance: InstanceId, id: TaskId): ReturnType<TaskStore['lastEvent']> {
    return this.observer.operate('lastEvent', () => this.store.lastEvent(instance, id))
  }

  history(instance: InstanceId): ReturnType<TaskStore['history']> {
    return this.observer.operate('history', () => this.store.history(instance))
  }

  write(change: TaskChange): Promise<WrittenTask> {
    return this.observer.operate('write', () => this.store.write(change))
  }

  onChange(listener: ChangeListener, followed?: FollowedInstances): () => void {
    return this.store.onChange(listener, followed)
  }

  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    return this.observer.operate('retentionPolicy', () => this.store.retentionPolicy(instance))
  }

  setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    return this.observer.operate('setRetentionPolicy', () => this.store.setRetentionPolicy(instance, policy))
  }

  purge(): Promise<PurgeCount> {
    return this.observer.operate('purge', () => this.store.purge())
  }

  check(): Promise<void> {
    return this.observer.operate('check', () => this.store.check())
  }

  close(): Promise<void> {
    return this.store.close()
  }
}
