// What one write does to a store: decided here, once, for every store. Pure.
import { Task } from '../../gen/openshift/v1/task.js'
import { STORE_LIMITS } from '../limits.js'
import { TaskError, taskNotFound } from './task-error.js'
import {
  checkDelete,
  createdTask,
  updatedTask,
  type CreateChange,
  type TaskChange,
  type WriteTime,
} from './task-change.js'

/** A create that was made before with the same request id. */
export interface MadeRequest {
  readonly taskId: string
  readonly hash: Uint8Array
  readonly madeAt: Date
}

/** What the store has to write, at the revision that was planned for. */
export interface WritePlan {
  /** Whether the task is new, has a new version, or is gone. */
  readonly effect: 'insert' | 'replace' | 'remove'
  /** The task afterwards; for a remove, as it was. */
  readonly task: Task
  /** `task`, encoded. */
  readonly encoded: Uint8Array
  /** The task before the write; undefined for an insert. */
  readonly before: Task | undefined
}

/**
 * The task that a create made earlier with the same request id, or undefined when it is to be made now. Throws
 * ALREADY_EXISTS (REQUEST_ID_REUSED) when the earlier request was another one (AIP-155).
 */
export function madeBefore(create: CreateChange, made: MadeRequest | undefined, now: Date): string | undefined {
  if (made === undefined || now.getTime() - made.madeAt.getTime() > STORE_LIMITS.requestIdMemoryMs) return undefined
  if (create.request !== undefined && Buffer.compare(made.hash, create.request.hash) === 0) return made.taskId
  throw new TaskError('ALREADY_EXISTS', 'REQUEST_ID_REUSED', 'request_id was used for another request within 24 hours', {
    metadata: { taskId: made.taskId },
    fieldViolations: [{ field: 'request_id', description: 'expected a new one for a new request' }],
  })
}

/** Plans a write on `stored`, the encoded task with its id, at `time`. Throws what the rules of the change throw. */
export function planWrite(write: TaskChange, stored: Uint8Array | undefined, time: WriteTime): WritePlan {
  const { change } = write
  if (change.kind === 'create') return put('insert', createdTask(write, change, time), undefined)
  if (stored === undefined) throw taskNotFound(write.taskId)
  const task = Task.decode(stored)
  if (change.kind === 'delete') {
    checkDelete(task, change)
    return { effect: 'remove', task, encoded: stored, before: task }
  }
  return put('replace', updatedTask(task, write, change, time), task)
}

function put(effect: 'insert' | 'replace', task: Task, before: Task | undefined): WritePlan {
  return { effect, task, encoded: Task.encode(task).finish(), before }
}
