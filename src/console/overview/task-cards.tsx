// One task in a card of the overview: as much as fits, and a way to the rest.
import type { JSX } from 'preact'
import { taskUrl } from '../address.js'
import type { Task } from '../api/task.js'
import { aboutOf } from '../parts/about.js'
import { ProgressBar, progressText } from '../parts/progress-bar.js'
import { StatusPill } from '../parts/status-pill.js'
import { Ago, Took } from '../parts/time.js'

interface TaskProps {
  readonly task: Task
}

/** A task that runs: how far it is, and what it is at. */
export function RunningTask({ task }: TaskProps): JSX.Element {
  return (
    <a class="task-card" href={taskUrl(task.serviceInstanceId, task.id)}>
      <span class="task-line">
        <strong>{task.command}</strong>
        <span class="muted about">{aboutOf(task)}</span>
        {task.status === 'RUNNING' ? null : <StatusPill status={task.status} />}
        <span class="muted push">
          <Took from={task.startedAt} to={undefined} />
        </span>
      </span>
      <ProgressBar task={task} />
      {progressText(task) !== '' && <span class="muted small">{progressText(task)}</span>}
    </a>
  )
}

/** A task that waits: for whom, and since when. */
export function WaitingTask({ task }: TaskProps): JSX.Element {
  return (
    <a class="task-card" href={taskUrl(task.serviceInstanceId, task.id)}>
      <span class="task-line">
        <strong>{task.command}</strong>
        <span class="muted about">{aboutOf(task)}</span>
        {task.status === 'PENDING' ? null : <StatusPill status={task.status} />}
        <span class="muted push">
          <Ago at={task.createdAt} />
        </span>
      </span>
    </a>
  )
}

/** A task that failed: why. */
export function FailedTask({ task }: TaskProps): JSX.Element {
  return (
    <a class="task-card" href={taskUrl(task.serviceInstanceId, task.id)}>
      <span class="task-line">
        <strong>{task.command}</strong>
        <span class="muted about">{aboutOf(task)}</span>
        <span class="muted push">
          <Ago at={task.endedAt ?? task.modifiedAt} />
        </span>
      </span>
      <span class="small failure-text">{task.error?.message ?? ''}</span>
    </a>
  )
}
