// What stands in a cell of the list.
import type { JSX } from 'preact'
import { taskUrl } from '../address.js'
import type { Task } from '../api/task.js'
import { aboutOf } from '../parts/about.js'
import { ProgressCell } from '../parts/progress-bar.js'
import { TaskStatus } from '../parts/status-pill.js'
import { Ago, Took } from '../parts/time.js'
import type { Column } from './columns.js'

interface CellProps {
  readonly instance: string
  readonly task: Task
  readonly column: Column
}

/** The cell of a task in a column. */
export function TaskCell({ instance, task, column }: CellProps): JSX.Element {
  return <>{CELLS[column](task, instance)}</>
}

const CELLS: Readonly<Record<Column, (task: Task, instance: string) => JSX.Element | string>> = {
  status: (task) => <TaskStatus task={task} />,
  command: ({ command, id }, instance) => (
    <a class="row-link" href={taskUrl(instance, id)}>
      {command}
    </a>
  ),
  about: (task) => aboutOf(task),
  progress: (task) => <ProgressCell task={task} />,
  service: ({ service = '' }) => service,
  createdBy: ({ createdBy }) => createdBy,
  createdAt: ({ createdAt }) => <Ago at={createdAt} />,
  startedAt: ({ startedAt }) => moment(startedAt),
  endedAt: ({ endedAt }) => moment(endedAt),
  duration: ({ startedAt, endedAt }) => <Took from={startedAt} to={endedAt} />,
  labels: ({ labels = {} }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
  owner: ({ lease }) => lease?.owner ?? '',
  revision: ({ revision }) => revision,
  id: ({ id }, instance) => (
    <a class="row-link code" href={taskUrl(instance, id)}>
      {id}
    </a>
  ),
}

function moment(at: string | undefined): JSX.Element | string {
  return at === undefined ? '' : <Ago at={at} />
}
