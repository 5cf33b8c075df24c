// The embedded store: one SQLite file. Reads run on the event loop; who writes is behind a port of its own: a thread of this
// process, or the process that has the file.
import type { Soon } from '../../base/soon.js'
import { setMaxListeners } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type Database from 'better-sqlite3'
import type { TaskEvent } from '../../../gen/openshift/v1/task_event.js'
import { withAnyOf } from '../../base/any-signal.js'
import { STORE_LIMITS } from '../../limits.js'
import { limitValues } from '../../set-limits.js'
import type { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { StoreWatch } from '../../task/store-watch.js'
import type { TaskChange } from '../../task/task-change.js'
import { TaskError } from '../../task/task-error.js'
import type {
  ChangeListener,
  EventQuery,
  HistoryRange,
  ListQuery,
  PurgeCount,
  ReadyForm,
  ReadyPage,
  ReadyTask,
  SliceQuery,
  StoredEvent,
  StoredTask,
  TaskCounts,
  TaskPage,
  TaskSlice,
  TaskStore,
  Waiting,
  WrittenTask,
} from '../../task/task-store.js'
import { GroupCommit } from '../sql/group-commit.js'
import { readyPage } from '../sql/ready.js'
import { storeClosed } from '../sql/store-error.js'
import type { WriteResult } from '../sql/task-writer.js'
import { openConnection } from './connection.js'
import { SqliteEventReader } from './event-reader.js'
import { lockFile } from './file-lock.js'
import { stampOf, type StampView } from './instance-stamps.js'
import { migrate } from './migrations.js'
import { makeStamps, openSharedStamps, type OwnStamps } from './open-stamps.js'
import { asTaskError } from './sqlite-error.js'
import { TaskLists } from './task-lists.js'
import { SqliteTaskReader } from './task-reader.js'
import type { WriteOutcome, WriterAnswer } from './writer-protocol.js'
import { WriterThread, type Writer } from './writer-thread.js'

export interface SqliteStoreOptions {
  /** The database file; made when it is not there. */
  readonly path: string
  /** Whether to make the file's directory when it is not there. */
  readonly makeDirectory: boolean
  /** Whether other processes read the file meanwhile, through `openSharedSqliteStore`. Default: they do not. */
  readonly isShared?: boolean
  /** Something failed; the error says what the caller must not be told. */
  readonly onFailure: (error: Error) => void
  /** Nothing can be written any more. */
  readonly onDeath: (error: Error) => void
  /** Hears how the store works. Default: nobody. */
  readonly watch?: StoreWatch | undefined
}

/**
 * Opens the store and brings its schema up to date. Throws an Error that says what is wrong with the file: its directory
 * is missing, another process has it, it is no database or that of another program, its schema is newer, it cannot be
 * written.
 */
export function openSqliteStore(options: SqliteStoreOptions): TaskStore {
  return named(options.path, () => open(options))
}

function named(path: string, opening: () => TaskStore): TaskStore {
  try {
    return opening()
  } catch (cause) {
    throw new Error(`Cannot use --store sqlite:${path}: ${(cause as Error).message}`, { cause })
  }
}

/** A store whose file another process has; see `openSharedSqliteStore`. */
export interface SharedSqliteOptions {
  readonly path: string
  /** The writer of that process; `onChange` is to hear of instances that have new events before any write of them is answered. */
  readonly openWriter: OpenWriter
}

/** Opens a writer; `onChange` hears of instances that have new events. */
type OpenWriter = (onChange: (instances: Iterable<InstanceId>) => void) => Writer

/**
 * Opens the file for reading beside the process that has it locked, brought up to date, and writes. Whatever that process
 * has acknowledged is seen at once. Throws an Error that says what is wrong with the file.
 */
export function openSharedSqliteStore({ path, openWriter }: SharedSqliteOptions): TaskStore {
  return named(path, () => {
    const stamps = openSharedStamps(path)
    try {
      const onClosed = (): void => stamps.close()
      return new SqliteStore(openConnection(path, { mayWrite: false }), { path, openWriter, stamps: stamps.view, onClosed })
    } catch (error) {
      stamps.close()
      throw error
    }
  })
}

function open(options: SqliteStoreOptions): TaskStore {
  const { path, makeDirectory, isShared = false, onFailure, onDeath, watch } = options
  if (makeDirectory) mkdirSync(dirname(path), { recursive: true })
  const lock = lockFile(path)
  let stamps: OwnStamps | undefined
  const onClosed = (): void => {
    stamps?.close()
    lock.release()
  }
  try {
    const migrating = openConnection(path, { mayWrite: true })
    try {
      migrate(migrating)
    } finally {
      migrating.close()
    }
    stamps = makeStamps(path, isShared)
    const { view, writing } = stamps
    const reading = openConnection(path, { mayWrite: false })
    const openWriter: OpenWriter = (onChange) =>
      new WriterThread({ path, limits: limitValues(), stamps: writing }, {
        onFailure,
        onDeath,
        onChange: (events, kinds) => {
          watch?.onCommit(events, kinds)
          onChange(events.map(({ instance }) => instance))
        },
      })
    return new SqliteStore(reading, { path, openWriter, watch, stamps: view, onClosed })
  } catch (error) {
    onClosed()
    throw error
  }
}

interface SqliteStoreParts extends SharedSqliteOptions {
  /** Hears of batches. */
  readonly watch?: StoreWatch | undefined
  readonly stamps: StampView
  /** Called when everything is closed. */
  readonly onClosed: () => void
}

class SqliteStore implements TaskStore {
  private readonly database: Database.Database
  private readonly reader: SqliteTaskReader
  private readonly eventReader: SqliteEventReader
  private readonly lists: TaskLists
  private readonly writer: Writer
  private readonly commits: GroupCommit
  private readonly stamps: StampView
  private readonly onClosed: () => void
  private readonly closing = new AbortController()
  private readonly listeners = new Set<ChangeListener>()
  private closed: Promise<void> | undefined

  constructor(database: Database.Database, { path, openWriter, watch, stamps, onClosed }: SqliteStoreParts) {
    this.stamps = stamps
    this.onClosed = onClosed
    this.database = database
    this.reader = new SqliteTaskReader(database)
    // Every list listens.
    setMaxListeners(0, this.closing.signal)
    this.eventReader = new SqliteEventReader(database)
    this.lists = new TaskLists(path, this.reader)
    const writer = openWriter((instances) => this.announce(instances))
    this.writer = writer
    const commit = async (writes: readonly TaskChange[]): Promise<WriteResult[]> =>
      expectAnswer(await writer.ask({ kind: 'write', writes }), 'written').outcomes.map(resultOf)
    const lanes = { laneOf: () => 'all', perLane: STORE_LIMITS.batchesInFlight, inAll: STORE_LIMITS.batchesInFlight }
    this.commits = new GroupCommit(commit, lanes, watch)
  }

  get(instance: InstanceId, id: TaskId): StoredTask | undefined {
    return this.readNow(() => this.reader.get(instance, id))
  }

  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): ReadyTask<Form> | undefined {
    return this.readNow(() => this.reader.ready(instance, id, form))
  }

  readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form, call: Waiting): Soon<ReadyPage<Form>> {
    const joined = this.readNow(() => this.reader.readyPage(instance, query, form))
    return joined ?? this.list(instance, query, call.signal).then((page) => readyPage(page, form))
  }

  version(instance: InstanceId): bigint {
    return this.readNow(() => this.reader.version(instance))
  }

  stamp(instance: InstanceId): number | undefined {
    return stampOf(this.stamps, instance)
  }

  locate(id: TaskId, instances: readonly InstanceId[] | undefined): Promise<InstanceId | undefined> {
    return this.read(() => Promise.resolve(this.reader.locate(id, instances)))
  }

  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage> {
    return this.read(() => withAnyOf([signal, this.closing.signal], (end) => this.lists.list(instance, query, end)))
  }

  slice(query: SliceQuery, signal: AbortSignal): Promise<TaskSlice> {
    return this.read(() => withAnyOf([signal, this.closing.signal], (end) => this.lists.slice(query, end)))
  }

  counts(instance: InstanceId): Promise<TaskCounts> {
    return this.read(() => Promise.resolve(this.reader.counts(instance)))
  }

  events(instance: InstanceId, query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.read(() => Promise.resolve(this.eventReader.events(instance, query)))
  }

  taskAt(instance: InstanceId, revision: bigint): Promise<Uint8Array | undefined> {
    return this.read(() => Promise.resolve(this.eventReader.taskAt(instance, revision)))
  }

  lastEvent(instance: InstanceId, id: TaskId): Promise<TaskEvent | undefined> {
    return this.read(() => Promise.resolve(this.eventReader.last(instance, id)))
  }

  history(instance: InstanceId): Promise<HistoryRange> {
    return this.read(() => Promise.resolve(this.eventReader.history(instance)))
  }

  async write(change: TaskChange): Promise<WrittenTask> {
    this.checkOpen()
    return this.commits.write(change)
  }

  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    return this.read(() => Promise.resolve(this.reader.retentionPolicy(instance)))
  }

  async setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    this.checkOpen()
    expectAnswer(await this.writer.ask({ kind: 'setPolicy', instance, policy }), 'done')
  }

  async purge(): Promise<PurgeCount> {
    this.checkOpen()
    return expectAnswer(await this.writer.ask({ kind: 'purge' }), 'purged').count
  }

  async check(): Promise<void> {
    await this.read(() => Promise.resolve(this.database.prepare('SELECT 1 FROM task LIMIT 1').get()))
    await this.writer.ask({ kind: 'check' })
  }

  close(): Promise<void> {
    this.closing.abort(storeClosed())
    return (this.closed ??= this.closeNow())
  }

  private async closeNow(): Promise<void> {
    try {
      await this.commits.drain()
      // The readers go first: the last connection to leave folds the log into the database file.
      await this.lists.close()
      this.database.close()
      await this.writer.close()
    } finally {
      this.onClosed()
    }
  }

  /** Runs a read that is done at once; failures of SQLite become TaskErrors. */
  private readNow<T>(run: () => T): T {
    this.checkOpen()
    try {
      return run()
    } catch (error) {
      throw asTaskError(error)
    }
  }

  /** Runs a read; failures of SQLite become TaskErrors. */
  private async read<T>(run: () => Promise<T>): Promise<T> {
    this.checkOpen()
    try {
      return await run()
    } catch (error) {
      throw asTaskError(error)
    }
  }

  private announce(instances: Iterable<InstanceId>): void {
    for (const instance of instances) for (const listener of this.listeners) listener(instance)
  }

  private checkOpen(): void {
    this.closing.signal.throwIfAborted()
  }
}

function resultOf(outcome: WriteOutcome): WriteResult {
  return 'error' in outcome ? TaskError.fromData(outcome.error) : outcome.task
}

function expectAnswer<Kind extends WriterAnswer['kind']>(answer: WriterAnswer, kind: Kind): WriterAnswer & { kind: Kind } {
  if (answer.kind !== kind) throw new Error(`The writer answered ${answer.kind} instead of ${kind}`)
  return answer as WriterAnswer & { kind: Kind }
}
