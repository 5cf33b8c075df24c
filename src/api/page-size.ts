// page_size of lists (AIP-158).
import { LIST_LIMITS } from '../limits.js'
import type { FieldViolations } from '../task/field-violations.js'

/** 0 is the default, too many is coerced down, negative is refused. */
export function readPageSize(size: number, violations: FieldViolations): number {
  if (size < 0) violations.add('page_size', 'expected 0 or more')
  return size === 0 ? LIST_LIMITS.pageSizeDefault : Math.min(size, LIST_LIMITS.pageSizeMax)
}
