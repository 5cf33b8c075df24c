// The history of a task as it is told.
import type { TaskEvent } from '../api/task.js'

/** An event, or several updates that follow each other. */
export interface Chapter {
  readonly event: TaskEvent
  /** How many events it stands for; `event` is the last of them. */
  readonly count: number
  /** Milliseconds since the chapter before; undefined for the first. */
  readonly afterMs: number | undefined
}

/** Events that are kept at most; the oldest are forgotten. */
export const EVENTS = 5000

/** `events` with those of `more` that are not among them, in the order of their revisions. */
export function eventsAfter(events: readonly TaskEvent[], more: readonly TaskEvent[]): readonly TaskEvent[] {
  const last = BigInt(events.at(-1)?.revision ?? '-1')
  const later = more.filter(({ revision }) => BigInt(revision) > last)
  return later.length === 0 ? events : [...events, ...later].slice(-EVENTS)
}

/** The events with updates in a row folded into one: what a producer reports ten times a minute hides what happened. */
export function chapters(events: readonly TaskEvent[]): Chapter[] {
  const folded: { event: TaskEvent; count: number }[] = []
  for (const event of events) {
    const last = folded.at(-1)
    if (last !== undefined && isUpdate(last.event) && isUpdate(event)) Object.assign(last, { event, count: last.count + 1 })
    else folded.push({ event, count: 1 })
  }
  return folded.map(({ event, count }, index) => {
    const before = folded[index - 1]?.event.at
    return { event, count, afterMs: before === undefined ? undefined : Date.parse(event.at) - Date.parse(before) }
  })
}

function isUpdate({ kind }: TaskEvent): boolean {
  return kind === 'UPDATED'
}
