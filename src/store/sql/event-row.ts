// An event as it is read from its row.
import { taskEvent_KindFromJSON } from '../../../gen/openshift/v1/task_event.js'
import { task_StatusFromJSON } from '../../../gen/openshift/v1/task.js'
import type { StoredEvent } from '../../task/task-store.js'

/** What of a row readers get. */
export interface EventRow {
  readonly revision: bigint
  readonly task_id: string
  readonly kind: string
  readonly actor: string
  readonly at: bigint
  readonly status_from: string | null
  readonly status_to: string | null
  readonly reason: string
  readonly previous_revision: bigint | null
  readonly encoded: Uint8Array
}

/** The columns of an EventRow. */
export const EVENT_COLUMNS = 'revision, task_id, kind, actor, at, status_from, status_to, reason, previous_revision, encoded'

/** The event of a row. */
export function eventOf(row: EventRow): StoredEvent {
  return {
    revision: row.revision,
    taskId: row.task_id,
    encoded: row.encoded,
    previousRevision: row.previous_revision ?? undefined,
    event: {
      revision: row.revision,
      at: new Date(Number(row.at)),
      taskId: row.task_id,
      kind: taskEvent_KindFromJSON(row.kind),
      actor: row.actor,
      from: task_StatusFromJSON(row.status_from ?? 'STATUS_UNSPECIFIED'),
      to: task_StatusFromJSON(row.status_to ?? 'STATUS_UNSPECIFIED'),
      reason: row.reason,
    },
  }
}
