// Changes to try on a store, with everything a test does not care about filled in.
import { Task } from '../../gen/openshift/v1/task.js'
import type { InstanceId, RequestId, TaskId } from '../../src/task/identifiers.js'
import type { ListQuery, StoredTask } from '../../src/task/task-store.js'
import { hashNewTask, type NewTask } from '../../src/task/new-task.js'
import type { TaskChange, TaskUpdate } from '../../src/task/task-change.js'

export const INSTANCE = 'vdc-1' as InstanceId
export const OTHER_INSTANCE = 'vdc-2' as InstanceId
const NEWEST_FIRST = { field: 'created_at', descending: true } as const

export function create(id: string, task: Partial<NewTask> = {}, more: Partial<TaskChange> & { requestId?: string } = {}): TaskChange {
  const { requestId, ...rest } = more
  const filled: NewTask = { ...Task.create({ command: 'cluster.create' }), ...task }
  const request = requestId === undefined ? undefined : { id: requestId as RequestId, hash: hashNewTask(filled) }
  return {
    instance: INSTANCE,
    taskId: id as TaskId,
    actor: 'tester',
    change: { kind: 'create', task: filled, request },
    ...rest,
  }
}

export function update(id: string, change: TaskUpdate, more: Partial<TaskChange> = {}): TaskChange {
  return { instance: INSTANCE, taskId: id as TaskId, actor: 'tester', change, ...more }
}

export function start(id: string, more: Partial<TaskChange> = {}): TaskChange {
  return update(id, { kind: 'start', etag: '' }, more)
}

export function complete(id: string): TaskChange {
  return update(id, { kind: 'complete', etag: '', response: undefined, outcome: 'CLEAN', statusDetails: [] })
}

export function remove(id: string, etag = ''): TaskChange {
  return { instance: INSTANCE, taskId: id as TaskId, actor: 'tester', change: { kind: 'delete', etag } }
}

export function query(more: Partial<ListQuery> = {}): ListQuery {
  return { order: NEWEST_FIRST, filter: undefined, after: undefined, limit: 100, ...more }
}

export function decode({ encoded }: StoredTask): Task {
  return Task.decode(encoded)
}
