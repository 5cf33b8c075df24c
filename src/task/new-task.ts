// What a producer says of a task when it records one: the part of CreateTask that the server keeps.
import { createHash } from 'node:crypto'
import { Task, type Lease } from '../../gen/openshift/v1/task.js'
import { FAMILY_LIMITS, TASK_LIMITS } from '../limits.js'
import type { FieldViolations } from './field-violations.js'
import { readOptionalWord, readWord } from './identifiers.js'
import {
  readActor,
  readLabels,
  readPayload,
  readProgress,
  readResource,
  readStatusDetails,
  readText,
} from './task-fields.js'

/** The fields of a task that its producer decides. */
export type NewTask = Pick<
  Task,
  | 'command'
  | 'createdBy'
  | 'summary'
  | 'description'
  | 'service'
  | 'metadata'
  | 'resource'
  | 'progressPercent'
  | 'statusDetails'
  | 'labels'
  | 'parentTaskId'
  | 'orderHint'
  | 'cancelSupported'
  | 'pauseSupported'
  | 'deadline'
  | 'progressFromChildren'
>

/** Reads the `task` of CreateTask; what the server decides is ignored (AIP-203). */
export function readNewTask(given: Task | undefined, now: Date, violations: FieldViolations): NewTask {
  if (given === undefined) violations.add('task', 'is required')
  const task = given ?? Task.create({ command: 'none' })
  return {
    command: readWord('task.command', task.command, TASK_LIMITS.idLength, violations),
    createdBy: readActor('task.created_by', task.createdBy, violations),
    summary: readText('task.summary', task.summary, TASK_LIMITS.summaryLength, violations),
    description: readText('task.description', task.description, TASK_LIMITS.descriptionLength, violations),
    service: readOptionalWord('task.service', task.service, TASK_LIMITS.idLength, violations),
    metadata: readPayload('task.metadata', task.metadata, violations),
    resource: readResource('task.resource', task.resource, violations),
    progressPercent: readProgress('task.progress_percent', task.progressPercent, violations),
    statusDetails: readStatusDetails('task.status_details', task.statusDetails, violations),
    labels: readLabels('task.labels', task.labels, violations),
    parentTaskId: readOptionalWord('task.parent_task_id', task.parentTaskId, TASK_LIMITS.idLength, violations),
    orderHint: task.orderHint,
    cancelSupported: task.cancelSupported,
    pauseSupported: task.pauseSupported,
    deadline: readDeadline('task.deadline', task.deadline, now, violations),
    progressFromChildren: task.progressFromChildren,
  }
}

function readDeadline(
  field: string,
  deadline: Date | undefined,
  now: Date,
  violations: FieldViolations,
): Date | undefined {
  const ahead = deadline === undefined ? 1 : deadline.getTime() - now.getTime()
  if (ahead <= 0 || ahead > FAMILY_LIMITS.deadlineMs) violations.add(field, 'expected a time after now, at most 366 days ahead')
  return deadline
}

/** SHA-256 of what was asked for: tells a repeated request from another one with the same request_id (AIP-155). */
export function hashNewTask(task: NewTask, lease: Lease | undefined): Uint8Array {
  return createHash('sha256').update(Task.encode(Task.create({ ...task, lease })).finish()).digest()
}
