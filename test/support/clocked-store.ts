// A store whose clock the test turns: what time does to tasks happens when the test says so.
import type { Soon } from '../../src/base/soon.js'
import type Database from 'better-sqlite3'
import type { RetentionPolicy } from '../../gen/openshift/v1/task_producer_service.js'
import { SqliteEventReader } from '../../src/store/sqlite/event-reader.js'
import { openConnection } from '../../src/store/sqlite/connection.js'
import { stampOf } from '../../src/store/sqlite/instance-stamps.js'
import { migrate } from '../../src/store/sqlite/migrations.js'
import { Purge } from '../../src/store/sqlite/purge.js'
import { StampMemory } from '../../src/store/sqlite/stamp-memory.js'
import { TaskLists } from '../../src/store/sqlite/task-lists.js'
import { SqliteTaskReader } from '../../src/store/sqlite/task-reader.js'
import { readyPage } from '../../src/store/sql/ready.js'
import type { Written } from '../../src/store/sql/task-writer.js'
import { SqliteTaskWriter } from '../../src/store/sqlite/task-writer.js'
import type { InstanceId, TaskId } from '../../src/task/identifiers.js'
import type { TaskChange } from '../../src/task/task-change.js'
import { TaskError } from '../../src/task/task-error.js'
import type {
  ChangeListener,
  EventQuery,
  ListQuery,
  PurgeCount,
  ReadyForm,
  ReadyPage,
  ReadyTask,
  SliceQuery,
  TaskStore,
  Waiting,
  WrittenTask,
} from '../../src/task/task-store.js'

/** A store that does what is due when its clock is turned. */
export interface ClockedStore extends TaskStore {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Turns the clock on, and does what is due then. */
  advance(ms: number): Promise<void>
  /** What a start after a stop does. */
  restart(): Promise<void>
}

/** The parts of the SQLite store, all in this thread, on a new file. */
export function openClockedSqlite(path: string): ClockedStore {
  const database = openConnection(path, { mayWrite: true })
  migrate(database)
  // What is tested here is no crash.
  database.pragma('synchronous = OFF')
  return new ClockedSqliteStore(database, path)
}

class ClockedSqliteStore implements ClockedStore {
  now = Date.parse('2026-03-01T12:00:00Z')
  private readonly database: Database.Database
  private readonly writer: SqliteTaskWriter
  private readonly reader: SqliteTaskReader
  private readonly lists: TaskLists
  private readonly eventReader: SqliteEventReader
  private readonly purger: Purge
  private readonly stamps = new StampMemory()
  private readonly listeners = new Set<ChangeListener>()

  constructor(database: Database.Database, path: string) {
    this.database = database
    this.writer = new SqliteTaskWriter(database, () => this.now, this.stamps)
    this.reader = new SqliteTaskReader(database)
    this.lists = new TaskLists(path, this.reader)
    this.eventReader = new SqliteEventReader(database)
    this.purger = new Purge(database)
  }

  async advance(ms: number): Promise<void> {
    this.now += ms
    for (let isDone = false; !isDone; ) {
      const swept = this.writer.sweep()
      this.announce(swept)
      isDone = swept.isDone
    }
    return Promise.resolve()
  }

  restart(): Promise<void> {
    this.writer.serveAgain()
    return Promise.resolve()
  }

  get(instance: InstanceId, id: TaskId): ReturnType<TaskStore['get']> {
    return this.reader.get(instance, id)
  }

  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): ReadyTask<Form> | undefined {
    return this.reader.ready(instance, id, form)
  }

  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form, call: Waiting): Soon<ReadyPage<Form>> {
    const joined = this.reader.readyPage(instance, query, form)
    return joined ?? this.list(instance, query, call.signal).then((page) => readyPage(page, form))
  }

  version(instance: InstanceId): bigint {
    return this.reader.version(instance)
  }

  stamp(instance: InstanceId): number | undefined {
    return stampOf(this.stamps, instance)
  }

  locate(id: TaskId, instances: readonly InstanceId[] | undefined): ReturnType<TaskStore['locate']> {
    return Promise.resolve(this.reader.locate(id, instances))
  }

  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): ReturnType<TaskStore['list']> {
    return this.lists.list(instance, query, signal)
  }

  slice(query: SliceQuery, signal: AbortSignal): ReturnType<TaskStore['slice']> {
    return this.lists.slice(query, signal)
  }

  counts(instance: InstanceId): ReturnType<TaskStore['counts']> {
    return Promise.resolve(this.reader.counts(instance))
  }

  events(instance: InstanceId, query: EventQuery): ReturnType<TaskStore['events']> {
    return Promise.resolve(this.eventReader.events(instance, query))
  }

  taskAt(instance: InstanceId, revision: bigint): ReturnType<TaskStore['taskAt']> {
    return Promise.resolve(this.eventReader.taskAt(instance, revision))
  }

  lastEvent(instance: InstanceId, id: Parameters<TaskStore['lastEvent']>[1]): ReturnType<TaskStore['lastEvent']> {
    return Promise.resolve(this.eventReader.last(instance, id))
  }

  history(instance: InstanceId): ReturnType<TaskStore['history']> {
    return Promise.resolve(this.eventReader.history(instance))
  }

  write(change: TaskChange): Promise<WrittenTask> {
    const [result] = this.announce(this.writer.writeAll([change]))
    if (result === undefined || result instanceof TaskError) return Promise.reject(result ?? new Error('No answer'))
    return Promise.resolve(result)
  }

  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    return Promise.resolve(this.reader.retentionPolicy(instance))
  }

  setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    this.purger.setPolicy(instance, policy)
    return Promise.resolve()
  }

  purge(): Promise<PurgeCount> {
    const results = this.announce(this.writer.writeAll(this.purger.expiries(this.now)))
    const tasks = results.filter((result) => !(result instanceof TaskError)).length
    return Promise.resolve({ ...this.purger.removeOld(this.now), tasks })
  }

  check(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    await this.lists.close()
    if (this.database.open) this.database.close()
  }

  private announce({ results, changed }: Written): Written['results'] {
    for (const { instance } of changed) for (const listener of this.listeners) listener(instance)
    return results
  }
}
