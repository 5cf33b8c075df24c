// Whether a task matches a filter, in memory: the same answer that a store gives in SQL.
import type { Task } from '../../gen/openshift/v1/task.js'
import type { Comparison, Filter, TextField, TimeComparator, TimeField } from './filter.js'

const TEXTS: Readonly<Record<TextField, (task: Task) => string>> = {
  command: (task) => task.command,
  service: (task) => task.service,
  created_by: (task) => task.createdBy,
  modified_by: (task) => task.modifiedBy,
  'resource.id': (task) => task.resource?.id ?? '',
  'resource.type': (task) => task.resource?.type ?? '',
  parent_task_id: (task) => task.parentTaskId,
}

const TIMES: Readonly<Record<TimeField, (task: Task) => Date | undefined>> = {
  created_at: (task) => task.createdAt,
  modified_at: (task) => task.modifiedAt,
  started_at: (task) => task.startedAt,
  ended_at: (task) => task.endedAt,
}

const ORDERS: Readonly<Record<TimeComparator, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** Whether `task` matches `filter`. */
export function matches(filter: Filter, task: Task): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.of.every((part) => matches(part, task))
    case 'or':
      return filter.of.some((part) => matches(part, task))
    case 'not':
      return !matches(filter.of, task)
    case 'hasLabel':
      return Object.hasOwn(task.labels, filter.key)
    case 'time': {
      const time = TIMES[filter.field](task)
      return time !== undefined && ORDERS[filter.comparator](time.getTime(), filter.value.getTime())
    }
    default:
      return isEqual(filter, task) === (filter.comparator === '=')
  }
}

function isEqual(comparison: Exclude<Comparison, { kind: 'hasLabel' | 'time' }>, task: Task): boolean {
  switch (comparison.kind) {
    case 'status':
      return task.status === comparison.value
    case 'outcome':
      return task.outcome === comparison.value
    case 'text':
      return TEXTS[comparison.field](task) === comparison.value
    case 'prefix':
      return TEXTS[comparison.field](task).startsWith(comparison.value)
    case 'label':
      return Object.hasOwn(task.labels, comparison.key) && task.labels[comparison.key] === comparison.value
  }
}
