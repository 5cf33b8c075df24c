// What the audit log says: JSON, a line for each event of a task, each denied call, and each policy that was set.
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import type { CallRecord } from '../api/call-observer.js'
import type { StoredEvent } from '../task/task-store.js'

/** The line for an event of `instance`, asked for by the call that is named `callId`; '' for what happened by itself. */
export function taskLine(instance: string, { event, revision }: StoredEvent, callId: string): string {
  const { at, taskId, kind, actor, from, to } = event
  return line({
    time: at?.toISOString(),
    event: 'task',
    instance,
    taskId,
    // An int64, as proto3 JSON has it.
    revision: String(revision),
    kind,
    from: from === 'STATUS_UNSPECIFIED' ? undefined : from,
    to: to === 'STATUS_UNSPECIFIED' ? undefined : to,
    actor,
    requestId: callId === '' ? undefined : callId,
  })
}

/** The line for a call that was denied, or that changed something which is no task. */
export function callLine(event: 'denied' | 'policy', { operation, callId, caller, instance, code, reason }: CallRecord): string {
  return line({
    time: new Date().toISOString(),
    event,
    instance,
    method: operation.name,
    status: codeFromJSON(code),
    reason,
    actor: caller === '' ? undefined : caller,
    requestId: callId,
  })
}

function line(fields: Readonly<Record<string, string | undefined>>): string {
  return `${JSON.stringify(fields)}\n`
}
