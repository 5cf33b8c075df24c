// Entity tags (AIP-154): an etag is the revision of the task, quoted as in RFC 9110 section 8.8.3.
import type { FieldViolations } from './field-violations.js'
import { TaskError } from './task-error.js'

const ETAG = /^"\d{1,19}"$/

/** The etag of a task last written at `revision`. */
export function etagOf(revision: bigint): string {
  return `"${revision}"`
}

/** Reads the etag of a condition; '' is none. */
export function readEtag(field: string, etag: string, violations: FieldViolations): string {
  if (etag !== '' && !ETAG.test(etag)) violations.add(field, 'expected the etag of a task, with its quotes')
  return etag
}

/** Throws ABORTED (ETAG_MISMATCH) when `expected` is given and is not `current`. */
export function checkEtag(expected: string, current: string): void {
  if (expected === '' || expected === current) return
  throw new TaskError('ABORTED', 'ETAG_MISMATCH', `The task has changed: its etag is ${current} now, not ${expected}`, {
    metadata: { etag: current },
  })
}
