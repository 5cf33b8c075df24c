// The names of google.longrunning.Operations here: `instances/{service_instance_id}/operations/{task_id}`.
import { TASK_LIMITS } from '../limits.js'
import { FieldViolations } from '../task/field-violations.js'
import { readWord, type InstanceId, type TaskId } from '../task/identifiers.js'
import type { TaskKey } from '../task/task-key.js'

/** Throws INVALID_ARGUMENT unless `name` is that of an operation. */
export function readOperationName(name: string): TaskKey {
  const violations = new FieldViolations()
  const [, instance = '', taskId = ''] = /^instances\/([^/]*)\/operations\/([^/]*)$/.exec(name) ?? []
  readPart(instance, 'instances/{service_instance_id}/operations/{task_id}', violations)
  if (instance !== '') readPart(taskId, 'instances/{service_instance_id}/operations/{task_id}', violations)
  violations.throwIfAny()
  return { instance: instance as InstanceId, taskId: taskId as TaskId }
}

/** Reads the name of what has operations, `instances/{service_instance_id}`; a fault is recorded under `name`. */
export function readOperationsParent(name: string, violations: FieldViolations): InstanceId {
  const [, instance = ''] = /^instances\/([^/]*)$/.exec(name) ?? []
  readPart(instance, 'instances/{service_instance_id}', violations)
  return instance as InstanceId
}

function readPart(part: string, form: string, violations: FieldViolations): void {
  const faults = new FieldViolations()
  readWord('name', part, TASK_LIMITS.idLength, faults)
  if (faults.hasAny) violations.add('name', `expected ${form}`)
}
