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

/** Reads each field, recording what breaks a rule. */
const READERS: { readonly [Field in MutableField]: (task: Task, violations: FieldViolations) => MutableFields[Field] } = {
  summary: (task, violations) => readText('task.summary', task.summary, TASK_LIMITS.summaryLength, violations),
  description: (task, violations) =>
    readText('task.description', task.description, TASK_LIMITS.descriptionLength, violations),
  resource: (task, violations) => readResource('task.resource', task.resource, violations),
  progress_percent: (task, violations) => readProgress('task.progress_percent', task.progressPercent, violations),
  status_details: (task, violations) => readStatusDetails('task.status_details', task.statusDetails, violations),
  metadata: (task, violations) => readPayload('task.metadata', task.metadata, violations),
  labels: (task, violations) => readLabels('task.labels', task.labels, violations),
}

/**
 * Reads `task` and `update_mask` of UpdateTask. Without a mask, the fields that are set are written. What the mask leaves
 * out is ignored, right or wrong (AIP-134).
 */
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
  for (const path of resolveMask(task, mask)) addPath(patch, path, task, violations)
  return patch
}

function resolveMask(task: Task, mask: readonly string[] | undefined): Iterable<string> {
  if (mask === undefined || mask.length === 0) {
    const ignored = new FieldViolations()
    return FIELDS.filter((field) => isSet(READERS[field](task, ignored)))
  }
  return mask.includes('*') ? FIELDS : new Set(mask)
}

function isSet(value: MutableFields[MutableField]): boolean {
  if (value === undefined || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return typeof value !== 'object' || Object.keys(value).length > 0
}

function addPath(
  patch: { fields: Partial<MutableFields>; labels: Record<string, string | undefined>; resource: Partial<TaskResource> },
  path: string,
  task: Task,
  violations: FieldViolations,
): void {
  const field = FIELDS.find((name) => name === path)
  const label = path.startsWith('labels.') ? path.slice('labels.'.length).replace(/^`(.*)`$/, '$1') : ''
  const ofResource = path.startsWith('resource.') ? RESOURCE_FIELDS.get(path.slice('resource.'.length)) : undefined
  if (field !== undefined) Object.assign(patch.fields, { [field]: READERS[field](task, violations) })
  else if (isLabelKey(label)) patch.labels[label] = readLabel(task, label, violations)
  else if (ofResource !== undefined) Object.assign(patch.resource, readResourceField(task, ofResource, violations))
  else {
    violations.add('update_mask', `${quoted(path)}: expected *, ${FIELDS.join(', ')}, labels.KEY or a field of resource`)
  }
}

/** The value of one label; undefined when the task has none by this key. */
function readLabel({ labels }: Task, key: string, violations: FieldViolations): string | undefined {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  return value === undefined ? undefined : readLabels('task.labels', { [key]: value }, violations)[key]
}

/** One field of the resource; that of an empty resource when the task has none. */
function readResourceField({ resource }: Task, field: keyof TaskResource, violations: FieldViolations): Partial<TaskResource> {
  const empty = TaskResourceCodec.create()
  const { [field]: value } = resource ?? empty
  readResource('task.resource', { ...empty, [field]: value }, violations)
  return { [field]: value }
}

/** The task with the new values. Throws INVALID_ARGUMENT when it would hold too many labels then. */
export function applyPatch(task: Task, patch: TaskPatch): Task {
  const { progress_percent, status_details, ...sameName } = patch.fields
  const next: Task = { ...task, ...sameName }
  // Nobody writes what follows from others (AIP-203, output only).
  if ('progress_percent' in patch.fields && !task.progressFromChildren) next.progressPercent = progress_percent
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
