// A task in the words of Azure's status monitors. Pure.
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import { BadRequest, ErrorInfo, PreconditionFailure } from '../../gen/google/rpc/error_details.js'
import type { Status as RpcStatus } from '../../gen/google/rpc/status.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import type { StatusMonitor, StatusMonitorError } from '../../gen/openshift/v1/status_monitor_service.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { unpackAny } from '../base/any.js'
import type { Status } from '../task/lifecycle.js'

/** What Azure calls each status. Pollers know no pause: to them a task that stands still is on its way. */
const WORDS: Readonly<Record<Status, string>> = {
  PENDING: 'NotStarted',
  RUNNING: 'Running',
  PAUSING: 'Running',
  PAUSED: 'Running',
  CANCELLING: 'Canceling',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  CANCELLED: 'Canceled',
}

/** The status monitor of a task. */
export function statusMonitorOf(task: Task): StatusMonitor {
  return {
    id: task.id,
    kind: task.command,
    status: WORDS[task.status as Status],
    percentComplete: task.progressPercent,
    createdTime: task.createdAt,
    startTime: task.startedAt,
    endTime: task.endedAt,
    resourceId: task.resource?.id ?? '',
    result: task.response,
    error: task.error && errorOf(task.error),
    outcome: task.outcome,
    revision: task.revision,
    etag: task.etag,
  }
}

function errorOf({ code, message, details }: RpcStatus): StatusMonitorError {
  const violations = details.flatMap((any) => detailsOf(any, message))
  return { code: codeFromJSON(code), message, target: '', details: violations.map((detail) => ({ ...detail, details: [] })) }
}

/** What Azure has a place for in a detail: reasons, and what was wrong with which field or subject. */
function detailsOf(any: Any, summary: string): Omit<StatusMonitorError, 'details'>[] {
  const info = unpackAny(ErrorInfo, any)
  if (info !== undefined) return [{ code: info.reason, message: summary, target: info.domain }]
  const fields = unpackAny(BadRequest, any)?.fieldViolations ?? []
  const conditions = unpackAny(PreconditionFailure, any)?.violations ?? []
  return [
    ...fields.map(({ field, description }) => ({ code: 'INVALID_ARGUMENT', message: description, target: field })),
    ...conditions.map(({ type, subject, description }) => ({ code: type, message: description, target: subject })),
  ]
}
