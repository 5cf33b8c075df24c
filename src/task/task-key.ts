// Names a task of a service instance.
import type { InstanceId, TaskId } from './identifiers.js'

/** A task of a service instance. */
export interface TaskKey {
  readonly instance: InstanceId
  readonly taskId: TaskId
}
