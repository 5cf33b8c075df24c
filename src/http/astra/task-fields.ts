// A task as a resource of Astra: each documented field, its form, and what of a task it shows. Pure.
import { codeFromJSON } from '../../../gen/google/rpc/code.js'
import type { Task } from '../../../gen/openshift/v1/task.js'
import { ANONYMOUS } from '../../auth/anonymous.js'
import type { JsonMap } from '../../gateway/openapi-schema.js'
import { BOUNDS, cut, NAME_PATTERN, taskName } from './bounded-text.js'
import { identifierOf, isIdentifier, NO_IDENTIFIER } from './identifier.js'
import { arrayOf, IDENTIFIER, NUMBER, object, oneOf, text, TEXT, TIME } from './schema.js'
import { stateOf, STATES, stateTransitions, type State, type StateTransition } from './task-state.js'

/** What a person should know about the state. */
export interface StateDetail {
  readonly type: string
  readonly title: string
  readonly detail: string
}

/** Marks, times and authors of a resource. */
export interface Metadata {
  readonly labels: readonly { readonly name: string; readonly value: string }[]
  readonly creationTimestamp: string
  readonly modificationTimestamp: string
  readonly createdBy: string
  readonly modifiedBy?: string
}

/** The body of a task: `task_1.1_get_response_body`. Times are RFC 3339 in UTC. */
export interface AstraTask {
  readonly type: 'application/astra-task'
  readonly version: '1.1'
  readonly id: string
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly service?: string | undefined
  readonly parentTaskID?: string | undefined
  readonly userID?: string | undefined
  readonly resourceID: string
  readonly resourceURI: string
  readonly resourceCollectionURI: readonly string[]
  readonly state: State
  readonly stateTransitions: readonly StateTransition[]
  readonly stateDetails: readonly StateDetail[]
  readonly orderHint: number
  readonly percentDone?: number | undefined
  readonly startTime?: string | undefined
  readonly endTime?: string | undefined
  readonly cancelTime?: string | undefined
  readonly metadata: Metadata
}

/** Name of a field of a task. */
export type FieldName = keyof AstraTask

interface Field<Value> {
  readonly schema: JsonMap
  /** Undefined: the task does not have it. */
  readonly value: (task: Task) => Value
}

/** The fields in the order of the document. */
export const TASK_FIELDS: { readonly [Name in FieldName]-?: Field<AstraTask[Name]> } = {
  type: { schema: oneOf('application/astra-task'), value: () => 'application/astra-task' },
  version: { schema: oneOf('1.0', '1.1'), value: () => '1.1' },
  id: { schema: IDENTIFIER, value: (task) => task.id },
  name: { schema: text(BOUNDS.name, { pattern: NAME_PATTERN }), value: (task) => taskName(task.command) },
  summary: { schema: text(BOUNDS.summary), value: summary },
  description: { schema: text(BOUNDS.description), value: (task) => cut(task.description, BOUNDS.description.max) || summary(task) },
  service: { schema: text(BOUNDS.service), value: (task) => task.service.slice(0, BOUNDS.service.max) || undefined },
  parentTaskID: { schema: IDENTIFIER, value: (task) => task.parentTaskId || undefined },
  userID: { schema: IDENTIFIER, value: userId },
  resourceID: { schema: IDENTIFIER, value: resourceId },
  resourceURI: { schema: text(BOUNDS.uri), value: resourceUri },
  resourceCollectionURI: { schema: arrayOf(text(BOUNDS.uri)), value: (task) => (task.resource?.collectionUris ?? []).filter(isLongEnough) },
  state: { schema: oneOf(...Object.values(STATES)), value: stateOf },
  stateTransitions: {
    schema: arrayOf(object({ from: TEXT, to: arrayOf(TEXT) }), { minItems: 1, maxItems: 31 }),
    value: stateTransitions,
  },
  stateDetails: {
    schema: arrayOf(object({ type: TEXT, title: text(BOUNDS.detailTitle), detail: text(BOUNDS.detail) })),
    value: stateDetails,
  },
  orderHint: { schema: NUMBER, value: (task) => task.orderHint },
  percentDone: {
    schema: { ...NUMBER, minimum: 0, maximum: 100 },
    value: (task) => (task.status === 'SUCCEEDED' ? 100 : task.progressPercent),
  },
  startTime: { schema: TIME, value: (task) => task.startedAt?.toISOString() },
  endTime: { schema: TIME, value: (task) => task.endedAt?.toISOString() },
  cancelTime: { schema: TIME, value: (task) => task.cancelledAt?.toISOString() },
  metadata: {
    schema: object(
      {
        labels: arrayOf(object({ name: TEXT, value: TEXT })),
        creationTimestamp: TIME,
        modificationTimestamp: TIME,
        createdBy: IDENTIFIER,
        modifiedBy: IDENTIFIER,
      },
      ['modifiedBy'],
    ),
    value: metadata,
  },
}

/** The names of the fields, in order. */
export const FIELD_NAMES = Object.keys(TASK_FIELDS) as readonly FieldName[]

/** Fields that a task may lack. */
export const OPTIONAL_FIELDS: readonly FieldName[] = [
  'service', 'parentTaskID', 'userID', 'orderHint', 'percentDone', 'startTime', 'endTime', 'cancelTime',
]

/** The task as a resource, without what it does not have. */
export function astraTask(task: Task): AstraTask {
  const values = FIELD_NAMES.map((name) => [name, TASK_FIELDS[name].value(task)] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as unknown as AstraTask
}

/** The identifier of who did something: of nobody, of a user, or derived from a name that is none. */
export function actorId(account: string, actor: string): string {
  return actor === '' || actor === ANONYMOUS.name ? NO_IDENTIFIER : identifierOf(account, actor)
}

function summary(task: Task): string {
  const given = task.summary.trim()
  const isLong = Array.from(given).length >= BOUNDS.summary.min
  return cut(isLong ? given : taskName(task.command), BOUNDS.summary.max)
}

function userId({ createdBy }: Task): string | undefined {
  return isIdentifier(createdBy) && createdBy !== NO_IDENTIFIER ? createdBy : undefined
}

function resourceId({ serviceInstanceId, resource }: Task): string {
  const id = resource?.id ?? ''
  return id === '' ? NO_IDENTIFIER : identifierOf(serviceInstanceId, id)
}

/** Without a resource, the task itself is what its URI leads to. */
function resourceUri({ serviceInstanceId, id, resource }: Task): string {
  const uri = resource?.uri ?? ''
  return isLongEnough(uri) ? uri : `/accounts/${serviceInstanceId}/core/v1/tasks/${id}`
}

function isLongEnough(uri: string): boolean {
  return uri.length >= BOUNDS.uri.min
}

function stateDetails(task: Task): StateDetail[] {
  const given = task.statusDetails.map(({ type, title, detail }) => stateDetail(type, title, detail))
  if (task.status === 'FAILED' && task.error !== undefined) {
    return [stateDetail(codeFromJSON(task.error.code), 'The task failed', task.error.message), ...given]
  }
  if (task.outcome === 'PARTIAL' && given.length === 0) {
    return [stateDetail(task.outcome, 'The task was done in part', 'Some of what was asked for was not done.')]
  }
  return given
}

/** A detail without a type is of the type that RFC 9457 has for that. */
function stateDetail(type: string, title: string, detail: string): StateDetail {
  return { type: type || 'about:blank', title: cut(title, BOUNDS.detailTitle.max), detail: cut(detail, BOUNDS.detail.max) }
}

function metadata(task: Task): Metadata {
  const { serviceInstanceId: account, labels, createdBy, modifiedBy } = task
  const created = timeOf(task.createdAt)
  const modified = timeOf(task.modifiedAt)
  return {
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    creationTimestamp: created,
    modificationTimestamp: modified,
    // The user of a task stands in userID; the record of it is of the service itself then, as in the document.
    createdBy: isIdentifier(createdBy) ? NO_IDENTIFIER : actorId(account, createdBy),
    ...(modified === created ? {} : { modifiedBy: actorId(account, modifiedBy) }),
  }
}

/** A time that every stored task has. */
function timeOf(time: Date | undefined): string {
  if (time === undefined) throw new Error('A stored task has a time of creation and of modification')
  return time.toISOString()
}
