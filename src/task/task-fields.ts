// The rules of the fields that producers write: reads a part of a request and records what breaks a rule.
import type { Any } from '../../gen/google/protobuf/any.js'
import { codeFromJSON, type Code } from '../../gen/google/rpc/code.js'
import { Status as RpcStatus } from '../../gen/google/rpc/status.js'
import type { StatusDetail, TaskResource } from '../../gen/openshift/v1/task.js'
import { TASK_LIMITS } from '../limits.js'
import type { FieldViolations } from './field-violations.js'
import { readOptionalWord } from './identifiers.js'

const LABEL_KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/
const ABSOLUTE_URI = /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)[^\s"<>\\^`{|}]*$/
const TYPE_URL = /^[^\s/]+(?:\/[^\s/]+)*\/[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

/** Text for people of at most `length` code points. */
export function readText(field: string, text: string, length: number, violations: FieldViolations): string {
  // UTF-16 units are an upper bound that spares the count.
  if (text.length > length && codePoints(text) > length) violations.add(field, `expected at most ${length} characters`)
  return text
}

function codePoints(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}

/** The party on whose behalf the work is done. */
export function readActor(field: string, text: string, violations: FieldViolations): string {
  if (Buffer.byteLength(text) > TASK_LIMITS.actorBytes) {
    violations.add(field, `expected at most ${TASK_LIMITS.actorBytes} bytes`)
  }
  return text
}

/** An Any, kept as it came: its type may be unknown here. */
export function readPayload(field: string, payload: Any | undefined, violations: FieldViolations): Any | undefined {
  if (payload === undefined) return undefined
  if (!TYPE_URL.test(payload.typeUrl)) {
    violations.add(`${field}.type_url`, 'expected a type URL such as type.googleapis.com/google.protobuf.Struct')
  }
  if (payload.value.length + Buffer.byteLength(payload.typeUrl) > TASK_LIMITS.payloadBytes) {
    violations.add(field, `expected at most ${TASK_LIMITS.payloadBytes} bytes with its type URL`)
  }
  return payload
}

/** The error that a task fails with. */
export function readError(field: string, error: RpcStatus | undefined, violations: FieldViolations): RpcStatus {
  const read = error ?? RpcStatus.create()
  const code: Code = codeFromJSON(read.code)
  if (code === 'OK' || code === 'UNRECOGNIZED') {
    violations.add(`${field}.code`, 'expected a google.rpc.Code other than OK, 1 to 16')
  }
  if (read.message === '') violations.add(`${field}.message`, 'is required')
  readText(`${field}.message`, read.message, TASK_LIMITS.errorMessageLength, violations)
  for (const [index, detail] of read.details.entries()) readPayload(`${field}.details[${index}]`, detail, violations)
  if (RpcStatus.encode(read).finish().length > TASK_LIMITS.payloadBytes) {
    violations.add(field, `expected at most ${TASK_LIMITS.payloadBytes} bytes`)
  }
  return read
}

/** The thing that work is done to. */
export function readResource(
  field: string,
  resource: TaskResource | undefined,
  violations: FieldViolations,
): TaskResource | undefined {
  if (resource === undefined) return undefined
  readOptionalWord(`${field}.id`, resource.id, TASK_LIMITS.idLength, violations)
  readOptionalWord(`${field}.type`, resource.type, TASK_LIMITS.idLength, violations)
  readText(`${field}.name`, resource.name, TASK_LIMITS.resourceNameLength, violations)
  readUri(`${field}.uri`, resource.uri, violations)
  if (resource.collectionUris.length > TASK_LIMITS.collectionUris) {
    violations.add(`${field}.collection_uris`, `expected at most ${TASK_LIMITS.collectionUris}`)
  }
  for (const [index, uri] of resource.collectionUris.entries()) {
    readUri(`${field}.collection_uris[${index}]`, uri, violations)
  }
  return resource
}

function readUri(field: string, uri: string, violations: FieldViolations): void {
  if (uri === '') return
  if (uri.length > TASK_LIMITS.uriLength || !ABSOLUTE_URI.test(uri)) {
    violations.add(field, `expected an absolute path or URI of at most ${TASK_LIMITS.uriLength} characters`)
  }
}

/** What a person should know about the work. */
export function readStatusDetails(
  field: string,
  details: readonly StatusDetail[],
  violations: FieldViolations,
): StatusDetail[] {
  if (details.length > TASK_LIMITS.statusDetails) violations.add(field, `expected at most ${TASK_LIMITS.statusDetails}`)
  for (const [index, { type, title, detail }] of details.entries()) {
    const at = `${field}[${index}]`
    readText(`${at}.type`, type, TASK_LIMITS.statusDetailTypeLength, violations)
    if (title === '') violations.add(`${at}.title`, 'is required')
    readText(`${at}.title`, title, TASK_LIMITS.statusDetailTitleLength, violations)
    readText(`${at}.detail`, detail, TASK_LIMITS.statusDetailDetailLength, violations)
  }
  return [...details]
}

/** How far the work is. */
export function readProgress(
  field: string,
  percent: number | undefined,
  violations: FieldViolations,
): number | undefined {
  if (percent !== undefined && (percent < 0 || percent > 100)) violations.add(field, 'expected 0 to 100 percent')
  return percent
}

/** The producer's own marks, in the order of their keys: equal labels are equal bytes. */
export function readLabels(
  field: string,
  labels: Readonly<Record<string, string>>,
  violations: FieldViolations,
): Record<string, string> {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length > TASK_LIMITS.labels) violations.add(field, `expected at most ${TASK_LIMITS.labels}`)
  for (const [key, value] of entries) {
    if (!isLabelKey(key)) {
      violations.add(
        field,
        `key ${quoted(key)}: expected 1 to ${TASK_LIMITS.labelKeyLength} characters that begin and end with a letter ` +
          'or digit and hold [A-Za-z0-9._/-] between',
      )
    } else if (Buffer.byteLength(value) > TASK_LIMITS.labelValueBytes) {
      violations.add(`${field}.${key}`, `expected at most ${TASK_LIMITS.labelValueBytes} bytes`)
    }
  }
  return Object.fromEntries(entries)
}

/** Whether `key` can be the key of a label. */
export function isLabelKey(key: string): boolean {
  return key.length <= TASK_LIMITS.labelKeyLength && LABEL_KEY.test(key)
}

/** Text of a caller as it may stand in a message: quoted, and cut so that the message stays short. */
export function quoted(text: string): string {
  const kept = text.length > TASK_LIMITS.labelKeyLength ? `${text.slice(0, TASK_LIMITS.labelKeyLength)}…` : text
  return JSON.stringify(kept)
}
