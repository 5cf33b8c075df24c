// Changes to try on a store, with everything a test does not care about filled in.
import { Lease, Task } from '../../gen/openshift/v1/task.js'
import { fromMilliseconds } from '../../src/task/duration.js'
import type { InstanceId, RequestId, TaskId } from '../../src/task/identifiers.js'
import type { ListQuery, StoredTask } from '../../src/task/task-store.js'
import { hashNewTask, type NewTask } from '../../src/task/new-task.js'
import type { TaskChange } from '../../src/task/task-change.js'

export const INSTANCE = 'vdc-1' as InstanceId
export const OTHER_INSTANCE = 'vdc-2' as InstanceId
const NEWEST_FIRST = { field: 'created_at', descending: true } as const

export function create(
  id: string,
  task: Partial<NewTask> = {},
  more: Partial<TaskChange> & { requestId?: string; lease?: Lease } = {},
): TaskChange {
  const { requestId, lease, ...rest } = more
  const filled: NewTask = { ...Task.create({ command: 'cluster.create' }), ...task }
  const request = requestId === undefined ? undefined : { id: requestId as RequestId, hash: hashNewTask(filled, lease) }
  return {
    instance: INSTANCE,
    taskId: id as TaskId,
    actor: 'tester',
    etag: '',
    change: { kind: 'create', task: filled, lease, request },
    ...rest,
  }
}

export function change(id: string, made: TaskChange['change'], more: Partial<TaskChange> = {}): TaskChange {
  return { instance: INSTANCE, taskId: id as TaskId, actor: 'tester', etag: '', change: made, ...more }
}

export function start(id: string, more: Partial<TaskChange> = {}, token = 'token-of-a-test-1'): TaskChange {
  return change(id, { kind: 'start', owner: 'worker', token }, more)
}

export function complete(id: string, token = ''): TaskChange {
  return change(id, { kind: 'complete', token, response: undefined, outcome: 'CLEAN', statusDetails: [] })
}

export function remove(id: string, etag = ''): TaskChange {
  return change(id, { kind: 'delete' }, { etag })
}

/** A lease policy. */
export function lease(ttlMs: number, maxAttempts = 1): Lease {
  return Lease.create({ ttl: fromMilliseconds(ttlMs), maxAttempts })
}

export function query(more: Partial<ListQuery> = {}): ListQuery {
  return { order: NEWEST_FIRST, filter: undefined, after: undefined, limit: 100, ...more }
}

export function decode({ encoded }: StoredTask): Task {
  return Task.decode(encoded)
}

export const TOKEN = 'token-of-a-test-1'
export const OTHER_TOKEN = 'token-of-a-test-2'

export function renew(id: string, token = TOKEN): TaskChange {
  return change(id, { kind: 'renew', token })
}

/** What a caller asks for. */
export function ask(kind: 'cancel' | 'pause' | 'resume', id: string, more: Partial<TaskChange> & { reason?: string } = {}): TaskChange {
  const { reason = '', ...rest } = more
  return change(id, { kind, reason }, rest)
}

/** What the producer answers. */
export function acknowledge(kind: 'acknowledgeCancel' | 'acknowledgePause', id: string, token = ''): TaskChange {
  return change(id, { kind, token })
}

export function fail(id: string, token = ''): TaskChange {
  return change(id, { kind: 'fail', token, error: { code: 13, message: 'broken', details: [] }, statusDetails: [] })
}

export function progress(id: string, percent: number, token = ''): TaskChange {
  return change(id, { kind: 'update', token, patch: { fields: { progress_percent: percent }, labels: {}, resource: {} } })
}
