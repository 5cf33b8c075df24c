// States of Astra: the word for each status, and the moves that a caller may ask for.
import type { Task, Task_Status } from '../../../gen/openshift/v1/task.js'
import { allowedTransitions } from '../../task/lifecycle-view.js'
import type { Status } from '../../task/lifecycle.js'

/** The word for each status. */
export const STATES = {
  PENDING: 'notStarted',
  RUNNING: 'running',
  PAUSING: 'pausing',
  PAUSED: 'paused',
  CANCELLING: 'cancelling',
  SUCCEEDED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const satisfies Record<Status, string>

/** A state of a task. */
export type State = (typeof STATES)[Status]

/** The moves that are permitted from one state. */
export interface StateTransition {
  readonly from: State
  readonly to: readonly State[]
}

/** The state of a stored task. */
export function stateOf({ status }: Task): State {
  return STATES[status as Status]
}

/** What a caller who asks for a status wants in the end, in the order of the document. */
const ASKED_FOR: readonly { readonly state: State; readonly statuses: readonly Task_Status[] }[] = [
  { state: 'running', statuses: ['RUNNING'] },
  { state: 'paused', statuses: ['PAUSING', 'PAUSED'] },
  { state: 'cancelled', statuses: ['CANCELLING', 'CANCELLED'] },
]

/** States whose moves a task always shows, when it has any there. */
const ALWAYS_SHOWN: readonly Status[] = ['RUNNING', 'PAUSED']

/**
 * The table of moves, not a history: from running and from paused, and from where the task is. A task that cannot be asked
 * for anything has the empty moves from running, since a table has at least one entry.
 */
export function stateTransitions(task: Task): StateTransition[] {
  const own = task.status as Status
  const shown = ALWAYS_SHOWN.includes(own) ? ALWAYS_SHOWN : [...ALWAYS_SHOWN, own]
  const moves = shown.map((status) => ({ from: STATES[status], to: movesFrom(task, status) })).filter(({ to }) => to.length > 0)
  return moves.length > 0 ? moves : [{ from: 'running', to: [] }]
}

function movesFrom(task: Task, status: Status): State[] {
  // Nobody pauses a task that cannot be paused, so there are no moves from there.
  if (status === 'PAUSED' && !task.pauseSupported) return []
  const allowed = allowedTransitions({ ...task, status })
  return ASKED_FOR.filter(({ statuses }) => statuses.some((asked) => allowed.includes(asked))).map(({ state }) => state)
}
