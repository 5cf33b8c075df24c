// What a watcher has seen across all its streams, and whether that keeps the promises of a watch.
import { Task } from '../../gen/openshift/v1/task.js'
import type { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { StoredEvent } from '../../src/task/task-store.js'

/** What is promised of every watch. */
export type WatchPromise = 'Ordered' | 'Unique' | 'Reliable' | 'Resumable' | 'Bookmarkable' | 'Complete'

/** One promise that was broken, and how. */
export interface Violation {
  readonly promise: WatchPromise
  readonly text: string
}

interface Stream {
  /** Revision it was to begin after; undefined for a snapshot. */
  readonly after: bigint | undefined
  readonly answers: WatchTasksResponse[]
}

/** Records what one watcher sees, stream by stream. */
export class WatchHistory {
  /** Where the next stream goes on; undefined before there is anything to go on from. */
  position: bigint | undefined
  readonly streams: Stream[] = []
  private readonly first: bigint | undefined

  /** `first`: the revision that the watcher begins after; undefined to begin with a snapshot. */
  constructor(first: bigint | undefined) {
    this.first = first
    this.position = first
  }

  /** A stream begins, at `position`. A snapshot that was cut begins anew. */
  begin(): void {
    if (this.position === undefined) this.streams.length = 0
    this.streams.push({ after: this.position, answers: [] })
  }

  see(answer: WatchTasksResponse): void {
    this.streams.at(-1)?.answers.push(answer)
    if (answer.event !== undefined || answer.task === undefined) this.position = answer.revision
  }

  /** All answers, in the order they came. */
  get answers(): readonly WatchTasksResponse[] {
    return this.streams.flatMap(({ answers }) => answers)
  }

  /** Revision that the events follow: `first`, or that of the snapshot. */
  get begunAfter(): bigint {
    return this.first ?? this.answers.find(({ task }) => task === undefined)?.revision ?? 0n
  }

  /** The tasks that match, as this watcher knows them. */
  table(): Map<string, Task> {
    const tasks = new Map<string, Task>()
    for (const { task, event, matches } of this.answers) {
      if (task === undefined) continue
      if (event === undefined || matches) tasks.set(task.id, task)
      else tasks.delete(task.id)
    }
    return tasks
  }
}

/** Which events a watcher has to be shown: `truth` is the log of the store, oldest first. */
export interface Expected {
  readonly truth: readonly StoredEvent[]
  readonly concerns: (event: StoredEvent) => boolean
  /** The tasks that match at the end. */
  readonly table: ReadonlyMap<string, Task>
}

/** Every promise that `history` breaks. The watcher has to have reached the end of the log. */
export function violations(history: WatchHistory, expected: Expected): Violation[] {
  return [
    ...ordered(history),
    ...unique(history),
    ...reliable(history, expected),
    ...resumable(history),
    ...bookmarkable(history),
    ...complete(history, expected),
  ]
}

function ordered({ answers }: WatchHistory): Violation[] {
  let last = 0n
  return answers.flatMap(({ revision, event }) => {
    if (event === undefined) return []
    const isBehind = revision < last
    const text = `${revision} after ${last}`
    last = revision
    return isBehind ? [{ promise: 'Ordered', text }] : []
  })
}

function unique({ answers }: WatchHistory): Violation[] {
  const seen = new Set<bigint>()
  return answers.flatMap(({ revision, event }) => {
    const isKnown = event !== undefined && seen.has(revision)
    if (event !== undefined) seen.add(revision)
    return isKnown ? [{ promise: 'Unique', text: `${revision} came twice` }] : []
  })
}

function reliable(history: WatchHistory, { truth, concerns }: Expected): Violation[] {
  const seen = new Map(history.answers.flatMap(({ revision, event, task }) => (event === undefined ? [] : [[revision, { event, task }]])))
  const { begunAfter } = history
  const due = truth.filter((event) => event.revision > begunAfter && concerns(event))
  const missing = due.filter(({ revision }) => !seen.has(revision)).map(({ revision }) => `${revision} is missing`)
  const wrong = due.flatMap(({ revision, event, encoded }) => {
    const shown = seen.get(revision)
    if (shown === undefined) return []
    const isSame = shown.event.kind === event.kind && shown.event.to === event.to && shown.task?.revision === Task.decode(encoded).revision
    return isSame ? [] : [`${revision} is another event`]
  })
  const known = new Set(due.map(({ revision }) => revision))
  const alien = [...seen.keys()].filter((revision) => !known.has(revision)).map((revision) => `${revision} is none of its business`)
  return [...missing, ...wrong, ...alien].map((text) => ({ promise: 'Reliable', text }))
}

function resumable({ streams }: WatchHistory): Violation[] {
  return streams.flatMap(({ after, answers }) => {
    const early = answers.find(({ revision, event }) => event !== undefined && after !== undefined && revision <= after)
    const isAnew = after !== undefined && answers.some(({ event, task }) => event === undefined && task !== undefined)
    const texts = [early && `${early.revision} in a stream after ${after}`, isAnew ? `a snapshot in a stream after ${after}` : undefined]
    return texts.flatMap((text) => (text === undefined ? [] : [{ promise: 'Resumable' as const, text }]))
  })
}

function bookmarkable({ answers }: WatchHistory): Violation[] {
  let bookmark = 0n
  let last = 0n
  return answers.flatMap(({ revision, event, task }) => {
    if (event === undefined && task !== undefined) return []
    if (event === undefined) {
      const isBehind = revision < last || revision < bookmark
      bookmark = revision
      return isBehind ? [{ promise: 'Bookmarkable' as const, text: `a bookmark ${revision} after ${last}` }] : []
    }
    last = revision
    return revision <= bookmark ? [{ promise: 'Bookmarkable' as const, text: `${revision} after a bookmark ${bookmark}` }] : []
  })
}

function complete(history: WatchHistory, { table }: Expected): Violation[] {
  // Without a snapshot, from a revision other than 0, only what has moved since is known.
  const known = history.table()
  const isWhole = history.begunAfter === 0n || history.streams[0]?.after === undefined
  const ids = new Set([...known.keys(), ...(isWhole ? table.keys() : [])])
  return [...ids].flatMap((id) => {
    const [mine, final] = [known.get(id)?.revision, table.get(id)?.revision]
    return mine === final ? [] : [{ promise: 'Complete', text: `${id} at ${mine}, in the store at ${final}` }]
  })
}
