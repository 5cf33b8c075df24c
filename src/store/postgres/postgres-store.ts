// The store for several servers over one PostgreSQL: stateless, every truth is in the database.
import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { TaskEvent } from '../../../gen/openshift/v1/task_event.js'
import type { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { withAnyOf } from '../../base/any-signal.js'
import { LEASE_LIMITS, POSTGRES_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { StoreWatch } from '../../task/store-watch.js'
import type { TaskChange } from '../../task/task-change.js'
import type {
  ChangeListener,
  EventQuery,
  FollowedInstances,
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
import { readyPage, readyTask } from '../sql/ready.js'
import { storeClosed, storeUnavailable } from '../sql/store-error.js'
import type { WriteResult, Written } from '../sql/task-writer.js'
import { ChangeChannel } from './change-channel.js'
import { Clock } from './clock.js'
import { Database } from './database.js'
import { MissedChanges } from './missed-changes.js'
import { asTaskError, ConnectionLost, isConflict, writeConflict } from './postgres-error.js'
import { DatabaseAway, preparePostgres, type PrepareOptions } from './prepare.js'
import { Purge } from './purge.js'
import { Sweeper } from './sweeper.js'
import { TaskLists } from './task-lists.js'
import { PostgresTaskReader } from './task-reader.js'
import { PostgresTaskWriter } from './task-writer.js'

export interface PostgresStoreOptions extends PrepareOptions {
  /** Something failed; the error says what the caller must not be told. */
  readonly onFailure: (error: Error) => void
  /** The database cannot be worked with; only its owner can change that. */
  readonly onDeath: (error: Error) => void
  /** Hears how the store works. Default: nobody. */
  readonly watch?: StoreWatch | undefined
  /** SQL of the milliseconds since 1970. Default: the clock of the database. */
  readonly clock?: string
}

/**
 * Opens the store and brings its schema up to date. A database that is away is waited for: until it is there, every call is
 * UNAVAILABLE. Rejects with an Error that says what is wrong with a database that cannot be worked with.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const store = new PostgresStore(options)
  try {
    await store.prepare()
  } catch (cause) {
    await store.close()
    throw cause
  }
  return store
}

/** Tasks in PostgreSQL. */
export class PostgresStore implements TaskStore {
  private readonly options: PostgresStoreOptions
  private readonly database: Database
  private readonly reader: PostgresTaskReader
  private readonly lists: TaskLists
  private readonly writer: PostgresTaskWriter
  private readonly commits: GroupCommit
  private readonly sweeper: Sweeper
  private readonly purger: Purge
  private readonly clock: Clock
  private readonly channel: ChangeChannel
  private readonly missed: MissedChanges
  private readonly listeners = new Map<ChangeListener, FollowedInstances>()
  private readonly closing = new AbortController()
  private sweeping: NodeJS.Timeout | undefined
  /** The last look for what is due. */
  private turn: Promise<void> | undefined
  private isPrepared = false
  private closed: Promise<void> | undefined

  constructor(options: PostgresStoreOptions) {
    this.options = options
    this.database = new Database(options)
    this.clock = new Clock(options.clock)
    this.reader = new PostgresTaskReader(this.database)
    this.lists = new TaskLists(this.database)
    const { database, clock } = this
    this.writer = new PostgresTaskWriter({ database, clock, onCommitted: (written) => this.tell(written) })
    const lanes = { laneOf: ({ instance }: TaskChange) => instance, perLane: 1, inAll: POSTGRES_LIMITS.writers }
    this.commits = new GroupCommit((writes) => this.commit(writes), lanes, options.watch)
    const { signal } = this.closing
    this.sweeper = new Sweeper({ database, clock, write: (change) => this.commits.write(change), signal })
    this.purger = new Purge(database)
    const onChange = (instance: InstanceId): void => this.announce(instance)
    this.missed = new MissedChanges({ connection: database, followed: () => this.followed(), onChange })
    this.channel = new ChangeChannel(options, { onChange, onMissed: () => this.missed.look() })
    // Every list listens.
    setMaxListeners(0, this.closing.signal)
  }

  /** Tries the database once, and goes on trying while it is away. */
  async prepare(): Promise<void> {
    const isThere = await this.tryToPrepare()
    if (!isThere) void this.prepareLater()
  }

  get(instance: InstanceId, id: TaskId): Promise<StoredTask | undefined> {
    return this.run(() => this.reader.get(instance, id))
  }

  ready<Form extends ReadyForm>(instance: InstanceId, id: TaskId, form: Form): Promise<ReadyTask<Form> | undefined> {
    return this.run(async () => {
      const task = await this.reader.get(instance, id)
      return task && readyTask(task, form)
    })
  }

  async readyPage<Form extends ReadyForm>(instance: InstanceId, query: ListQuery, form: Form, { signal }: Waiting): Promise<ReadyPage<Form>> {
    return readyPage(await this.list(instance, query, signal), form)
  }

  /** Not known without asking the database, which costs as much as what would be asked for. */
  version(): undefined {
    this.closing.signal.throwIfAborted()
  }

  /** Not known: other servers write too. */
  stamp(): undefined {
    // Nothing to ask.
  }

  locate(id: TaskId, instances: readonly InstanceId[] | undefined): Promise<InstanceId | undefined> {
    return this.run(() => this.reader.locate(id, instances))
  }

  list(instance: InstanceId, query: ListQuery, signal: AbortSignal): Promise<TaskPage> {
    return this.runUntil(signal, (end) => this.lists.list(instance, query, end))
  }

  slice(query: SliceQuery, signal: AbortSignal): Promise<TaskSlice> {
    return this.runUntil(signal, () => this.lists.slice(query))
  }

  counts(instance: InstanceId): Promise<TaskCounts> {
    return this.run(() => this.reader.counts(instance))
  }

  events(instance: InstanceId, query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.run(() => this.reader.events(instance, query))
  }

  taskAt(instance: InstanceId, revision: bigint): Promise<Uint8Array | undefined> {
    return this.run(() => this.reader.taskAt(instance, revision))
  }

  lastEvent(instance: InstanceId, id: TaskId): Promise<TaskEvent | undefined> {
    return this.run(() => this.reader.lastEvent(instance, id))
  }

  history(instance: InstanceId): Promise<HistoryRange> {
    return this.run(() => this.reader.history(instance))
  }

  write(change: TaskChange): Promise<WrittenTask> {
    return this.run(() => this.commits.write(change))
  }

  onChange(listener: ChangeListener, followed: FollowedInstances = () => []): () => void {
    this.listeners.set(listener, followed)
    return () => this.listeners.delete(listener)
  }

  retentionPolicy(instance: InstanceId): Promise<RetentionPolicy> {
    return this.run(() => this.reader.retentionPolicy(instance))
  }

  setRetentionPolicy(instance: InstanceId, policy: RetentionPolicy): Promise<void> {
    return this.run(() => this.purger.setPolicy(instance, policy))
  }

  purge(): Promise<PurgeCount> {
    return this.run(async () => {
      const { now } = await this.database.use((connection) => this.clock.read(connection))
      const outcomes = await Promise.allSettled((await this.purger.expiries(now)).map((write) => this.commits.write(write)))
      await this.purger.emptyLogs(now)
      return { requests: 0, events: 0, tasks: outcomes.filter(({ status }) => status === 'fulfilled').length }
    })
  }

  check(): Promise<void> {
    return this.run(async () => {
      await this.database.use((connection) => connection.rows({ name: 'check', text: 'UPDATE sweep SET checks = checks + 1' }))
    })
  }

  /** Does what is due now; by itself the store looks for it every LEASE_LIMITS.sweepIntervalMs. */
  sweep(): Promise<void> {
    return this.run(async () => {
      const { now } = await this.database.use((connection) => this.clock.read(connection))
      await this.sweeper.sweep(now)
    })
  }

  close(): Promise<void> {
    this.closing.abort(storeClosed())
    return (this.closed ??= this.closeNow())
  }

  private async closeNow(): Promise<void> {
    clearTimeout(this.sweeping)
    await this.turn
    await this.commits.drain()
    await this.channel.close()
    await this.missed.settled()
    await this.database.close()
  }

  /** Whether the database is there. Throws when it cannot be worked with. */
  private async tryToPrepare(): Promise<boolean> {
    try {
      await preparePostgres(this.options)
    } catch (error) {
      if (!(error instanceof DatabaseAway)) throw error
      this.options.onFailure(error)
      return false
    }
    this.isPrepared = true
    if (this.closing.signal.aborted) return true
    this.channel.open()
    this.scheduleSweep()
    return true
  }

  private async prepareLater(): Promise<void> {
    try {
      do await wait(POSTGRES_LIMITS.openAgainMs, undefined, { signal: this.closing.signal })
      while (!(await this.tryToPrepare()))
    } catch (error) {
      if (!this.closing.signal.aborted) this.options.onDeath(error as Error)
    }
  }

  private async commit(writes: readonly TaskChange[]): Promise<readonly WriteResult[]> {
    const [first] = writes
    if (first === undefined) return []
    try {
      return await this.writer.writeAll(first.instance, writes)
    } catch (error) {
      throw isConflict(error) ? writeConflict() : asTaskError(error)
    }
  }

  /** Tells whoever wants to know of what this server has committed. */
  private tell({ changed, kinds }: Written): void {
    if (changed.length > 0) this.options.watch?.onCommit(changed, kinds)
    const instances = changed.map(({ instance }) => instance)
    for (const instance of instances) this.announce(instance)
    this.channel.tell(instances)
  }

  private scheduleSweep(): void {
    this.sweeping = setTimeout(() => {
      this.turn = this.takeTurn()
    }, LEASE_LIMITS.sweepIntervalMs)
  }

  private async takeTurn(): Promise<void> {
    try {
      await this.sweeper.takeTurn()
      await this.writer.settleDoubts()
    } catch (error) {
      if (!(error instanceof ConnectionLost)) this.options.onFailure(error as Error)
    }
    if (!this.closing.signal.aborted) this.scheduleSweep()
  }

  private announce(instance: InstanceId): void {
    for (const listener of this.listeners.keys()) listener(instance)
  }

  private *followed(): Iterable<readonly [InstanceId, bigint]> {
    for (const followed of this.listeners.values()) yield* followed()
  }

  /** Runs `work` until its signal or that of the store ends it. */
  private runUntil<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.run(() => withAnyOf([signal, this.closing.signal], (end) => Promise.race([ended(end), work(end)])))
  }

  /** Runs `work`; failures of PostgreSQL become TaskErrors. */
  private async run<T>(work: () => Promise<T>): Promise<T> {
    this.closing.signal.throwIfAborted()
    if (!this.isPrepared) throw storeUnavailable()
    try {
      return await work()
    } catch (error) {
      throw asTaskError(error)
    }
  }
}

/** Rejects with the reason of `signal`. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
