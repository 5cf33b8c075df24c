// order_by of a list (AIP-132).
import type { ListOrder } from './task-store.js'
import { quoted } from './task-fields.js'
import type { FieldViolations } from './field-violations.js'

const NEWEST_FIRST: ListOrder = { field: 'created_at', descending: true }
const ORDER = /^\s*(created_at|modified_at)(?:\s+(asc|desc))?\s*$/

/** Reads `order_by`: `created_at` or `modified_at`, then `desc` or nothing. Empty means newest first. */
export function readListOrder(text: string, violations: FieldViolations): ListOrder {
  if (text.trim() === '') return NEWEST_FIRST
  const match = ORDER.exec(text)
  if (match?.[1] === undefined) {
    violations.add('order_by', `${quoted(text)}: expected created_at or modified_at, then desc or nothing`)
    return NEWEST_FIRST
  }
  return { field: match[1] as ListOrder['field'], descending: match[2] === 'desc' }
}
