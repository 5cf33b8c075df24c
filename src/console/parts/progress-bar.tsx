// How far a task is.
import type { JSX } from 'preact'
import { isEnded, type Task } from '../api/task.js'
import { useConsole } from './console-context.js'

/** A bar with its number; without one it moves to and fro, as its producer has not said. */
export function ProgressBar({ task }: { readonly task: Task }): JSX.Element {
  const { say, format } = useConsole()
  const { progressPercent: percent, status, command } = task
  const isMoving = percent === undefined && status === 'RUNNING'
  const value = percent === undefined ? {} : { 'aria-valuenow': percent, 'aria-valuetext': format.percent(percent) }
  return (
    <span class="progress">
      <span
        class={`bar tone-${status.toLowerCase()} ${isMoving ? 'is-moving' : ''}`}
        role="progressbar"
        aria-label={`${say('progress')}: ${command}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...value}
      >
        <span class="fill" style={{ width: `${percent ?? (isMoving ? 30 : 0)}%` }} />
      </span>
      <span class="percent">{percent === undefined ? '' : format.percent(percent)}</span>
    </span>
  )
}

/** The bar, where there is something to see: an ended task shows one only when it stopped on its way. */
export function ProgressCell({ task }: { readonly task: Task }): JSX.Element | null {
  const { progressPercent: percent } = task
  if (task.status === 'PENDING' || (isEnded(task) && (percent === undefined || percent === 100))) return null
  return <ProgressBar task={task} />
}

/** What the work is at, in its producer's words. */
export function progressText({ statusDetails }: Task): string {
  const last = statusDetails?.at(-1)
  return last === undefined ? '' : (last.detail ?? last.title)
}
