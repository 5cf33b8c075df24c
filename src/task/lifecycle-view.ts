// What a task says of its own future: where a caller may send it, and when something happens to it by itself.
import type { Task, Task_Status } from '../../gen/openshift/v1/task.js'
import { isTerminal, movesOf, type Action, type Status } from './lifecycle.js'
import { openRequest } from './control-request.js'

const CALLERS: readonly { readonly action: Action; readonly isSupported: (task: Task) => boolean }[] = [
  { action: 'cancel', isSupported: (task) => task.cancelSupported },
  { action: 'pause', isSupported: (task) => task.pauseSupported },
  { action: 'resume', isSupported: (task) => task.pauseSupported },
]

/** Statuses that a caller may ask for now. */
export function allowedTransitions(task: Task): Task_Status[] {
  const moves = movesOf(task.status as Status)
  return CALLERS.flatMap(({ action, isSupported }) => (isSupported(task) ? (moves[action] ?? []) : []))
}

/** When the task has to be looked at because time has passed; undefined when time changes nothing. */
export function dueAt(task: Task): Date | undefined {
  if (isTerminal(task.status as Status)) return undefined
  const times = [task.deadline, task.lease?.expiresAt, openRequest(task)?.answerBy]
  return times.filter((time) => time !== undefined).reduce<Date | undefined>(earlier, undefined)
}

function earlier(a: Date | undefined, b: Date): Date {
  return a === undefined || b < a ? b : a
}
