// What a client has to know of statuses.
import type { Task_Status } from '../../gen/openshift/v1/task.js'

/** Whether a task in this status has ended. */
export function isTerminalStatus(status: Task_Status): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED'
}
