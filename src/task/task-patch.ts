// The part of UpdateTask that changes a task: which fields, and their new values (AIP-134, AIP-161).
import type { Task, TaskResource } from '../../gen/openshift/v1/task.js'
import { TaskResource as TaskResourceCodec } from '../../gen/openshift/v1/task.js'
import { TASK_LIMITS } from '../limits.js'
import { FieldViolations } from './field-violations.js'
import {
  isLabelKey,
  quoted,
  readLabels,
  readPayload,
  readProgress,
  readResource,
  readStatusDetails,
  readText,
} from './task-fields.js'

/** The fields that a producer may change while the work goes on, by their proto names. */
interface MutableFields {
  summary: Task['summary']
  description: Task['description']
  resource: Task['resource']
  progress_percent: Task['progressPercent']
  status_details: Task['statusDetails']
  metadata: Task['metadata']
  labels: Task['labels']
}

type MutableField = keyof MutableFields

/** Plain data: the new value of each field that is written, labels and fields of the resource singly where asked. */
export interface TaskPatch {
  readonly fields: Partial<MutableFields>
  /** Labels to set, and with undefined to remove. */
  readonly labels: Readonly<Record<string, string | undefined>>
  readonly resource: Partial<TaskResource>
}

const FIELDS: readonly MutableField[] = [
  'summary',
  'description',
  'resource',
  'progress_percent',
  'status_details',
  'metadata',
  'labels',
]

/** Fields of the resource by their proto names. */
const RESOURCE_FIELDS: ReadonlyMap<string, keyof TaskResource> = new Map([
  ['id', 'id'],
  ['uri', 'uri'],
  ['collection_uris', 'collectionUris'],
  ['type', 'type'],
  ['name', 'name'],
])

/** Reads `task` and `update_mask` of UpdateTask. Without a mask, the fields that are set are written. */
export function readTaskPatch(
  task: Task | undefined,
  mask: readonly string[] | undefined,
  violations: FieldViolations,
): TaskPatch {
  const patch = { fields: {}, labels: {} as Record<string, string | undefined>, resource: {} }
  if (task === undefined) {
    violations.add('task', 'is required')
    return patch
  }
  const values = readValues(task, violations)
  for (const path of resolveMask(values, mask)) addPath(patch, path, values, violations)
  return patch
}

function readValues(task: Task, violations: FieldViolations): MutableFields {
  return {
    summary: readText('task.summary', task.summary, TASK_LIMITS.summaryLength, violations),
    description: readText('task.description', task.description, TASK_LIMITS.descriptionLength, violations),
    resource: readResource('task.resource', task.resource, violations),
    progress_percent: readProgress('task.progress_percent', task.progressPercent, violations),
    status_details: readStatusDetails('task.status_details', task.statusDetails, violations),
    metadata: readPayload('task.metadata', task.metadata, violations),
    labels: readLabels('task.labels', task.labels, violations),
  }
}

function resolveMask(values: MutableFields, mask: readonly string[] | undefined): readonly string[] {
  if (mask === undefined || mask.length === 0) return FIELDS.filter((field) => isSet(values[field]))
  return mask.includes('*') ? FIELDS : mask
}

function isSet(value: MutableFields[MutableField]): boolean {
  if (value === undefined || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return typeof value !== 'object' || Object.keys(value).length > 0
}

function addPath(
  patch: { fields: Partial<MutableFields>; labels: Record<string, string | undefined>; resource: Partial<TaskResource> },
  path: string,
  values: MutableFields,
  violations: FieldViolations,
): void {
  const field = FIELDS.find((name) => name === path)
  const label = path.startsWith('labels.') ? path.slice('labels.'.length).replace(/^`(.*)`$/, '$1') : ''
  const ofResource = path.startsWith('resource.') ? RESOURCE_FIELDS.get(path.slice('resource.'.length)) : undefined
  if (field !== undefined) Object.assign(patch.fields, { [field]: values[field] })
  else if (isLabelKey(label)) patch.labels[label] = Object.hasOwn(values.labels, label) ? values.labels[label] : undefined
  else if (ofResource !== undefined) {
    Object.assign(patch.resource, { [ofResource]: (values.resource ?? TaskResourceCodec.create())[ofResource] })
  } else {
    violations.add('update_mask', `${quoted(path)}: expected *, ${FIELDS.join(', ')}, labels.KEY or a field of resource`)
  }
}

/** The task with the new values. Throws INVALID_ARGUMENT when it would hold too many labels then. */
export function applyPatch(task: Task, patch: TaskPatch): Task {
  const { progress_percent, status_details, ...sameName } = patch.fields
  const next: Task = { ...task, ...sameName }
  if ('progress_percent' in patch.fields) next.progressPercent = progress_percent
  if (status_details !== undefined) next.statusDetails = status_details
  if (Object.keys(patch.resource).length > 0) {
    next.resource = { ...(next.resource ?? TaskResourceCodec.create()), ...patch.resource }
  }
  next.labels = applyLabels(next.labels, patch.labels)
  return next
}

function applyLabels(
  stored: Readonly<Record<string, string>>,
  changes: TaskPatch['labels'],
): Record<string, string> {
  const kept = Object.entries({ ...stored, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const violations = new FieldViolations()
  const labels = readLabels('task.labels', Object.fromEntries(kept), violations)
  violations.throwIfAny()
  return labels
}
