// The identifiers of the domain, branded so that one cannot be mistaken for another.
import { randomUUID } from 'node:crypto'
import { TASK_LIMITS } from '../limits.js'
import type { FieldViolations } from './field-violations.js'

/** The tenant: the service instance (vDC) that tasks are recorded for. */
export type InstanceId = string & { readonly brand: 'InstanceId' }

/** A task of one service instance. */
export type TaskId = string & { readonly brand: 'TaskId' }

/** The caller's own name for a request (AIP-155). */
export type RequestId = string & { readonly brand: 'RequestId' }

const WORD = /^[A-Za-z0-9._~-]+$/

/** Expected form of an identifier of at most `length` characters, in words. */
function wordForm(length: number): string {
  return `expected 1 to ${length} characters of [A-Za-z0-9._~-]`
}

/** Whether `text` has 1 to `length` characters of `[A-Za-z0-9._~-]`, the unreserved characters of RFC 3986. */
export function isWord(text: string, length: number): boolean {
  return text.length <= length && WORD.test(text)
}

/** Reads a required word; a fault is recorded under `field`. */
export function readWord(field: string, text: string, length: number, violations: FieldViolations): string {
  if (text === '') violations.add(field, `is required; ${wordForm(length)}`)
  else readOptionalWord(field, text, length, violations)
  return text
}

/** Reads a word that may be empty; a fault is recorded under `field`. */
export function readOptionalWord(field: string, text: string, length: number, violations: FieldViolations): string {
  if (text !== '' && !isWord(text, length)) violations.add(field, wordForm(length))
  return text
}

/** Reads `service_instance_id`. */
export function readInstanceId(text: string, violations: FieldViolations): InstanceId {
  return readWord('service_instance_id', text, TASK_LIMITS.idLength, violations) as InstanceId
}

/** Reads `task_id`. */
export function readTaskId(text: string, violations: FieldViolations): TaskId {
  return readWord('task_id', text, TASK_LIMITS.idLength, violations) as TaskId
}

/** Reads `request_id`; undefined when the caller gave none. */
export function readRequestId(text: string, violations: FieldViolations): RequestId | undefined {
  if (text === '') return undefined
  return readOptionalWord('request_id', text, TASK_LIMITS.requestIdLength, violations) as RequestId
}

/** A new task id: a UUID version 4 (RFC 9562), which every dialect accepts. */
export function newTaskId(): TaskId {
  return randomUUID() as TaskId
}
