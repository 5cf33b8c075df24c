// Where a task stands, in word, shape and colour.
import type { JSX } from 'preact'
import type { Status, Task } from '../api/task.js'
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
  const { outcome, status } = task
  if (outcome !== 'WARNING' && outcome !== 'PARTIAL') return <StatusPill status={status} />
  return (
    <span class="pill tone-warning">
      <Icon name="warning" />
      {say(outcome)}
    </span>
  )
}
