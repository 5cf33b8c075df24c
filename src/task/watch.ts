// Following an instance: a snapshot if asked for, then every event after a revision, in order, each once.
import { Task } from '../../gen/openshift/v1/task.js'
import { CALL_LIMITS, LIST_LIMITS, WATCH_LIMITS } from '../limits.js'
import type { Feed, Subscription } from './feed.js'
import type { Filter } from './filter.js'
import { matches } from './filter-match.js'
import type { InstanceId, TaskId } from './identifiers.js'
import { TaskError } from './task-error.js'
import type { StoredEvent, TaskStore } from './task-store.js'

/** What to follow. */
export interface WatchRequest {
  readonly instance: InstanceId
  readonly taskId: TaskId | undefined
  readonly filter: Filter | undefined
  /** Undefined: the revision now. */
  readonly after: bigint | undefined
  readonly snapshot: boolean
}

/** One answer of a watch. */
export type WatchAnswer =
  | { readonly kind: 'task'; readonly encoded: Uint8Array }
  | { readonly kind: 'event'; readonly event: StoredEvent; readonly matches: boolean }
  | { readonly kind: 'bookmark'; readonly revision: bigint }

/** What a watch needs. */
export interface WatchParts {
  readonly store: TaskStore
  readonly feed: Feed
  /** Milliseconds that this stream may live. */
  readonly lifeMs: number
}

/**
 * Follows. Throws INVALID_ARGUMENT for a revision that is still to come, OUT_OF_RANGE (REVISION_PURGED) for one whose
 * successors are gone; UNAVAILABLE (WATCH_ENDED) with the revision to go on from when the server stops, the stream is too
 * old, or whoever reads it throws SHUTTING_DOWN into it; what else `signal` gives.
 */
export async function* watch(request: WatchRequest, parts: WatchParts, signal: AbortSignal): AsyncGenerator<WatchAnswer> {
  const subscription = await parts.feed.subscribe(request.instance)
  const progress = { after: request.after ?? subscription.head }
  try {
    await checkRange(request, parts.store)
    if (request.after === undefined) {
      if (request.snapshot) progress.after = yield* snapshotOf(request, parts.store, signal)
      // Where the changes begin: a reader that is cut off before anything happens can go on from there.
      yield { kind: 'bookmark', revision: progress.after }
    }
    yield* tail(request, parts, { subscription, progress, signal })
  } catch (error) {
    throw error instanceof TaskError && error.reason === 'SHUTTING_DOWN' ? watchEnded(progress.after) : error
  } finally {
    subscription.close()
  }
}

interface Tail {
  readonly subscription: Subscription
  /** Everything up to here has been shown. */
  readonly progress: { after: bigint }
  readonly signal: AbortSignal
}

async function* tail(request: WatchRequest, parts: WatchParts, { subscription, progress, signal }: Tail): AsyncGenerator<WatchAnswer> {
  const endsAt = performance.now() + parts.lifeMs
  let bookmarkAt = performance.now() + WATCH_LIMITS.bookmarkMs
  for (;;) {
    signal.throwIfAborted()
    if (performance.now() >= endsAt) throw watchEnded(progress.after)
    for (const event of await readNext(subscription, progress.after)) {
      const shown = await show(request, parts.store, event)
      progress.after = event.revision
      if (shown === undefined) continue
      yield shown
      bookmarkAt = performance.now() + WATCH_LIMITS.bookmarkMs
    }
    // What others do may keep the instance busy while there is nothing to show.
    if (performance.now() >= bookmarkAt) {
      yield { kind: 'bookmark', revision: progress.after }
      bookmarkAt = performance.now() + WATCH_LIMITS.bookmarkMs
    }
    await subscription.changed(progress.after, Math.max(Math.min(bookmarkAt, endsAt) - performance.now(), 0), signal)
  }
}

/** Events after `after`, without a gap: one means that the purge was faster than this reader, and throws OUT_OF_RANGE. */
async function readNext(subscription: Subscription, after: bigint): Promise<readonly StoredEvent[]> {
  const { head } = subscription
  const events = await subscription.read(after)
  const next = events[0]?.revision ?? (head > after ? head + 1n : after + 1n)
  if (next !== after + 1n) throw revisionPurged(after, next - 1n)
  return events
}

async function checkRange({ instance, after }: WatchRequest, store: TaskStore): Promise<void> {
  if (after === undefined) return
  const { head, oldest } = await store.history(instance)
  if (after < 0n || after > head) {
    const description = `expected a revision of this service instance, 0 to ${head}`
    throw new TaskError('INVALID_ARGUMENT', 'INVALID_FIELD', `after_revision: ${description}`, {
      fieldViolations: [{ field: 'after_revision', description }],
    })
  }
  if (after < oldest) throw revisionPurged(after, oldest)
}

/** What is watched, as it is; the result is the revision that it stands for. */
function snapshotOf(request: WatchRequest, store: TaskStore, signal: AbortSignal): AsyncGenerator<WatchAnswer, bigint> {
  const { taskId } = request
  return taskId === undefined ? snapshot(request, store, signal) : snapshotOfTask({ ...request, taskId }, store)
}

/** The tasks as they are. */
async function* snapshot(request: WatchRequest, store: TaskStore, signal: AbortSignal): AsyncGenerator<WatchAnswer, bigint> {
  const { instance, filter } = request
  const order = { field: 'created_at', descending: false } as const
  let revision: bigint | undefined
  let after: bigint | undefined
  do {
    const page = await store.list(instance, { order, filter, after, limit: LIST_LIMITS.pageSizeDefault }, signal)
    revision ??= page.revision
    after = page.next
    for (const encoded of page.tasks) {
      // Written since: it follows as an event.
      const isLater = Task.decode(encoded).revision > revision
      if (!isLater) yield { kind: 'task', encoded }
    }
  } while (after !== undefined)
  return revision
}

/** The same for one task. */
async function* snapshotOfTask(
  { instance, taskId, filter }: WatchRequest & { readonly taskId: TaskId },
  store: TaskStore,
): AsyncGenerator<WatchAnswer, bigint> {
  const { head } = await store.history(instance)
  const task = await store.get(instance, taskId)
  const isThere = task !== undefined && task.revision <= head
  if (isThere && (filter === undefined || matches(filter, Task.decode(task.encoded)))) yield { kind: 'task', encoded: task.encoded }
  return head
}

/** The answer for an event; undefined when it is none of the watcher's business. */
async function show({ instance, taskId, filter }: WatchRequest, store: TaskStore, event: StoredEvent): Promise<WatchAnswer | undefined> {
  if (taskId !== undefined && event.taskId !== taskId) return undefined
  const isThere = event.event.to !== 'STATUS_UNSPECIFIED'
  const matchesNow = isThere && (filter === undefined || matches(filter, Task.decode(event.encoded)))
  if (matchesNow || filter === undefined) return { kind: 'event', event, matches: matchesNow }
  if (event.event.from === 'STATUS_UNSPECIFIED') return undefined
  const { previousRevision } = event
  const before = previousRevision === undefined ? undefined : await store.taskAt(instance, previousRevision)
  // What it was is gone: to say too much is better than to keep a watcher waiting for what has left.
  const matchedBefore = before === undefined || matches(filter, Task.decode(before))
  return matchedBefore ? { kind: 'event', event, matches: false } : undefined
}

function watchEnded(revision: bigint): TaskError {
  return new TaskError('UNAVAILABLE', 'WATCH_ENDED', `The stream was ended; go on after revision ${revision}`, {
    metadata: { revision: String(revision) },
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

function revisionPurged(after: bigint, oldest: bigint): TaskError {
  const message = `The history after revision ${after} is gone; list again, or watch with snapshot`
  return new TaskError('OUT_OF_RANGE', 'REVISION_PURGED', message, { metadata: { oldestRevision: String(oldest) } })
}
