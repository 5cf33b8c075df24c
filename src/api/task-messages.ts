// What the requests and answers of both task services have in common.
import { FieldViolations } from '../task/field-violations.js'
import { frameTask } from '../task/framed-task.js'
import { readInstanceId, readTaskId } from '../task/identifiers.js'
import type { TaskKey } from '../task/task-key.js'
import type { StoredTask } from '../task/task-store.js'

/** An answer that carries one task, which all of them have as field 1: its stored bytes, copied. */
export function taskResponse(task: StoredTask): Uint8Array {
  return frameTask(task.encoded)
}

/** Reads the names of a task in a request. Throws INVALID_ARGUMENT, with the faults that `violations` has already. */
export function readTaskKey(
  request: { readonly serviceInstanceId: string; readonly taskId: string },
  violations = new FieldViolations(),
): TaskKey {
  const instance = readInstanceId(request.serviceInstanceId, violations)
  const taskId = readTaskId(request.taskId, violations)
  violations.throwIfAny()
  return { instance, taskId }
}
