// Where a task stands, in word, shape and colour.
import type { JSX } from 'preact'
import type { Status, Task } from '../api/task.js'
import type { MessageKey } from '../text/messages.js'
import { useConsole } from './console-context.js'
import { Icon, type IconName } from './icons.js'

/** The shape of each status: colour alone says nothing to some. */
const SHAPES: Readonly<Record<Status, IconName>> = {
  PENDING: 'clock',
  RUNNING: 'play',
  PAUSING: 'pause',
  PAUSED: 'pause',
  CANCELLING: 'dash',
  SUCCEEDED: 'check',
  FAILED: 'cross',
  CANCELLED: 'dash',
}

/** The name of what a task is drawn in: that of its status, but of a success that was not clean another. */
export function toneOf({ status, outcome }: Pick<Task, 'status' | 'outcome'>): string {
  return `tone-${(warningOf(outcome) === undefined ? status : 'WARNING').toLowerCase()}`
}

/** The word for where a task stands. */
export function statusWord({ status, outcome }: Pick<Task, 'status' | 'outcome'>): MessageKey {
  return warningOf(outcome) ?? status
}

function warningOf(outcome: Task['outcome']): 'WARNING' | 'PARTIAL' | undefined {
  return outcome === 'WARNING' || outcome === 'PARTIAL' ? outcome : undefined
}

/** The pill of a status. */
export function StatusPill({ status }: { readonly status: Status }): JSX.Element {
  const { say } = useConsole()
  return (
    <span class={`pill tone-${status.toLowerCase()}`}>
      <Icon name={SHAPES[status]} />
      {say(status)}
    </span>
  )
}

/** The pill of a task. A success that was not clean says so instead. */
export function TaskStatus({ task }: { readonly task: Task }): JSX.Element {
  const { say } = useConsole()
  return (
    <span class={`pill ${toneOf(task)}`}>
      <Icon name={warningOf(task.outcome) === undefined ? SHAPES[task.status] : 'warning'} />
      {say(statusWord(task))}
    </span>
  )
}
