// What the page of a task knows. A value; what changes nothing of it leaves it the same object, so that nothing is drawn again.
import { isLater, type Task, type TaskEvent, type WatchAnswer } from '../api/task.js'
import { eventsAfter } from './events.js'
import { familyAfter, type Family } from './family.js'

/** What is known of a task. */
export interface TaskState {
  readonly task: Task
  /** When it was asked for last, in milliseconds of the server's clock: renewals of its lease are seen then alone. */
  readonly seenAt: number
  readonly isDeleted: boolean
  readonly family: Family
  readonly events: readonly TaskEvent[]
}

/** The state after what happened in the instance; nearly all of it may be about other tasks. */
export function stateAfter(state: TaskState, answers: readonly WatchAnswer[]): TaskState {
  const own = answers.filter(({ task }) => task?.id === state.task.id)
  const family = familyAfter(state.family, answers)
  if (own.length === 0 && family === state.family) return state
  const latest = own.findLast(({ event }) => event?.to !== undefined)?.task
  return {
    ...state,
    task: latest !== undefined && isLater(latest, state.task) ? latest : state.task,
    isDeleted: state.isDeleted || own.some(({ event }) => event !== undefined && event.to === undefined),
    family,
    events: eventsAfter(state.events, own.flatMap(({ event }) => event ?? [])),
  }
}

/** The state once the task has been asked for at `seenAt`. */
export function stateSeen(state: TaskState, task: Task, seenAt: number): TaskState {
  return { ...state, seenAt, task: isLater(state.task, task) ? state.task : task }
}
