// Waiting for the end of tasks. Those who wait for the same task share one read and one look at each of its events.
import { CALL_LIMITS, WATCH_LIMITS } from '../limits.js'
import type { Feed, Subscription } from './feed.js'
import { isTerminal, type Status } from './lifecycle.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskError } from './task-error.js'
import { Places } from './places.js'
import type { TaskKey } from './task-key.js'
import type { StoredTask, TaskStore } from './task-store.js'

/** The calls that wait now. */
export class Waits {
  private readonly store: TaskStore
  private readonly feed: Feed
  private readonly missing: (key: TaskKey) => Promise<TaskError>
  private readonly awaited = new Map<string, AwaitedTask>()
  private readonly places = new Places(() => ({ all: WATCH_LIMITS.waiters, ofInstance: WATCH_LIMITS.tenantWaiters }))

  /** `missing` makes the NOT_FOUND for a task that is not there. */
  constructor(store: TaskStore, feed: Feed, missing: (key: TaskKey) => Promise<TaskError>) {
    this.store = store
    this.feed = feed
    this.missing = missing
  }

  /** Calls that wait now. */
  get size(): number {
    return this.places.size
  }

  /**
   * The task once it has ended, or as it is after `timeoutMs`. Rejects with NOT_FOUND, also when it is deleted meanwhile,
   * with RESOURCE_EXHAUSTED (TOO_MANY_WAITING), and with the reason of `signal`.
   */
  async wait(key: TaskKey, timeoutMs: number, signal: AbortSignal): Promise<StoredTask> {
    if (!this.places.take(key.instance)) throw tooMany('wait')
    try {
      signal.throwIfAborted()
      return await this.join(key).end(timeoutMs, signal)
    } finally {
      this.places.giveBack(key.instance)
    }
  }

  private join(key: TaskKey): AwaitedTask {
    const name = `${key.instance}/${key.taskId}`
    const known = this.awaited.get(name)
    if (known !== undefined) return known
    const { feed, missing } = this
    const read = (): Promise<StoredTask> => this.read(key)
    const onEmpty = (left: AwaitedTask): void => {
      // Somebody may wait for the task anew already.
      if (this.awaited.get(name) === left) this.awaited.delete(name)
    }
    const task = new AwaitedTask(read, onEmpty)
    this.awaited.set(name, task)
    void task.follow(key, { feed, missing })
    return task
  }

  private async read(key: TaskKey): Promise<StoredTask> {
    const task = await this.store.get(key.instance, key.taskId)
    if (task === undefined) throw await this.missing(key)
    return task
  }
}

/** RESOURCE_EXHAUSTED: no more calls can `verb` at once. */
export function tooMany(verb: 'wait' | 'watch'): TaskError {
  const details = { retryDelayMs: CALL_LIMITS.retryDelayMs }
  return new TaskError('RESOURCE_EXHAUSTED', 'TOO_MANY_WAITING', `Too many calls ${verb} at once`, details)
}

/** One call that waits. */
interface Waiter {
  settle(outcome: { readonly task: StoredTask } | { readonly error: Error }): void
}

/** What following a task needs. */
interface FollowParts {
  readonly feed: Feed
  readonly missing: (key: TaskKey) => Promise<TaskError>
}

/** A task that somebody waits for. */
class AwaitedTask {
  private readonly waiters = new Set<Waiter>()
  private readonly left = new AbortController()
  private readonly read: () => Promise<StoredTask>
  private readonly onEmpty: (left: AwaitedTask) => void
  private reading: Promise<StoredTask> | undefined
  private task: StoredTask | undefined
  private isGone = false

  constructor(read: () => Promise<StoredTask>, onEmpty: (left: AwaitedTask) => void) {
    this.read = read
    this.onEmpty = onEmpty
  }

  /** Resolves with the ended task, or with the task as it is after `timeoutMs`. */
  end(timeoutMs: number, signal: AbortSignal): Promise<StoredTask> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        settle: (outcome) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', aborted)
          this.waiters.delete(waiter)
          if (this.waiters.size === 0) this.leave()
          if ('task' in outcome) resolve(outcome.task)
          else reject(outcome.error)
        },
      }
      const aborted = (): void => waiter.settle({ error: signal.reason as Error })
      // The first read is short: a wait that ends before it answers with it.
      const timer = setTimeout(() => this.whenRead(() => void this.settleAsIs(waiter)), timeoutMs)
      signal.addEventListener('abort', aborted)
      this.waiters.add(waiter)
    })
  }

  /** Answers the task as it is now: renewals move its lease without an event. Those who end together share one read. */
  private async settleAsIs(waiter: Waiter): Promise<void> {
    try {
      // Timers that fire together do so one after the other.
      this.reading ??= this.read().finally(() => setImmediate(() => (this.reading = undefined)))
      waiter.settle({ task: await this.reading })
    } catch (error) {
      waiter.settle({ error: error as Error })
    }
  }

  /** Follows the task until it has ended or nobody waits any more. Never rejects: every waiter hears of a failure. */
  async follow(key: TaskKey, { feed, missing }: FollowParts): Promise<void> {
    const { instance, taskId } = key
    try {
      const subscription = await feed.subscribe(instance)
      try {
        let after = subscription.head
        const task = await this.read()
        this.see(task, Task.decode(task.encoded).status as Status)
        while (!this.left.signal.aborted) {
          after = await this.step(subscription, taskId, after)
          if (this.isGone) throw await missing(key)
        }
      } finally {
        subscription.close()
      }
    } catch (error) {
      for (const waiter of [...this.waiters]) waiter.settle({ error: error as Error })
      this.leave()
    }
  }

  private async step(subscription: Subscription, taskId: string, after: bigint): Promise<bigint> {
    await subscription.changed(after, WATCH_LIMITS.waitMaxMs, this.left.signal)
    const { head } = subscription
    const events = await subscription.read(after)
    for (const { taskId: id, event, encoded, revision } of events) {
      if (id !== taskId || (this.task !== undefined && revision <= this.task.revision)) continue
      if (event.to === 'STATUS_UNSPECIFIED') this.isGone = true
      // A store holds no other.
      else this.see({ encoded, revision }, event.to as Status)
    }
    // None although there were some: they are past their time.
    return events.at(-1)?.revision ?? head
  }

  private see(task: StoredTask, status: Status): void {
    this.task = task
    for (const heard of this.readers.splice(0)) heard()
    if (!isTerminal(status)) return
    for (const waiter of [...this.waiters]) waiter.settle({ task })
    this.leave()
  }

  private readonly readers: (() => void)[] = []

  private whenRead(heard: () => void): void {
    if (this.task === undefined) this.readers.push(heard)
    else heard()
  }

  /** Nobody who comes later joins this one. */
  private leave(): void {
    this.left.abort(new Error('Nobody waits any more'))
    this.onEmpty(this)
  }
}
