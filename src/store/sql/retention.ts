// What a retention policy lets go of.
import type { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { toMilliseconds } from '../../task/duration.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import type { TaskChange } from '../../task/task-change.js'
import { ownWrite } from './task-writer.js'

/** Statuses in which a task is let go, and the milliseconds after its end at which it is. */
export function agesOf({ succeededAge, failedAge, cancelledAge }: RetentionPolicy): [string, number][] {
  const ages = Object.entries({ SUCCEEDED: succeededAge, FAILED: failedAge, CANCELLED: cancelledAge })
  return ages.flatMap(([status, age]) => (age === undefined ? [] : [[status, toMilliseconds(age)]]))
}

/** The write that removes a task past its time. */
export function expiry(instance: string, taskId: string): TaskChange {
  return ownWrite(instance as InstanceId, taskId as TaskId, { kind: 'expire' })
}
