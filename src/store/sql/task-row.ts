// The columns beside an encoded task: what lists are ordered and filtered by.
import type { Task } from '../../../gen/openshift/v1/task.js'

/** Indexed facts of a task; absent text is '', absent times are null. Times are milliseconds since 1970. */
export interface TaskColumns {
  readonly service_instance_id: string
  readonly task_id: string
  readonly revision: bigint
  readonly status: string
  readonly outcome: string
  readonly command: string
  readonly service: string
  readonly created_by: string
  readonly modified_by: string
  readonly resource_id: string
  readonly resource_type: string
  readonly created_at: number
  readonly modified_at: number
  readonly started_at: number | null
  readonly ended_at: number | null
}

/** The columns of a task. */
export function taskColumns(task: Task): TaskColumns {
  return {
    service_instance_id: task.serviceInstanceId,
    task_id: task.id,
    revision: task.revision,
    status: task.status,
    outcome: task.outcome,
    command: task.command,
    service: task.service,
    created_by: task.createdBy,
    modified_by: task.modifiedBy,
    resource_id: task.resource?.id ?? '',
    resource_type: task.resource?.type ?? '',
    created_at: task.createdAt?.getTime() ?? 0,
    modified_at: task.modifiedAt?.getTime() ?? 0,
    started_at: task.startedAt?.getTime() ?? null,
    ended_at: task.endedAt?.getTime() ?? null,
  }
}
