// What of a filter a store can look for by itself: clauses that say the same of what is stored as of what is shown.
import type { Filter, TextField } from '../../task/filter.js'
import type { Status } from '../../task/lifecycle.js'
import { isLabelKey } from '../../task/task-fields.js'
import { BOUNDS } from './bounded-text.js'
import type { Clause } from './filter.js'
import { isGivenIdentifier } from './identifier.js'
import { STATES } from './task-state.js'

/** A filter for the store, and the clauses that are left to check on what it answers. */
export interface SplitFilter {
  readonly stored: Filter | undefined
  readonly rest: readonly Clause[]
}

/** Splits clauses so that both parts together mean the same. */
export function splitFilter(clauses: readonly Clause[]): SplitFilter {
  const split = clauses.map((clause) => ({ clause, stored: storedClause(clause) }))
  const of = split.flatMap(({ stored }) => stored ?? [])
  const rest = split.filter(({ stored }) => stored === undefined).map(({ clause }) => clause)
  return { stored: of.length === 0 ? undefined : { kind: 'and', of }, rest }
}

/** The equality with a value that is shown exactly where it is stored; undefined when it may also be shown elsewhere. */
const EQUALITIES: Readonly<Record<string, (value: string) => Filter | undefined>> = {
  state: (value) => {
    const status = (Object.keys(STATES) as Status[]).find((key) => STATES[key] === value)
    return status && { kind: 'status', comparator: '=', value: status }
  },
  parentTaskID: (value) => equality('parent_task_id', value),
  // A longer name is shown cut to the bound.
  service: (value) => (value.length < BOUNDS.service.max ? equality('service', value) : undefined),
  // Identifiers that are derived from a name are of version 5.
  resourceID: (value) => (isGivenIdentifier(value) ? equality('resource.id', value) : undefined),
  userID: (value) => (isGivenIdentifier(value) ? equality('created_by', value) : undefined),
  'metadata.labels[*].name': (value) => (isLabelKey(value) ? { kind: 'hasLabel', key: value } : undefined),
}

function storedClause({ field, operator, values }: Clause): Filter | undefined {
  const equalTo = EQUALITIES[field.path]
  if (equalTo === undefined || (operator !== 'eq' && operator !== 'in')) return undefined
  const of = values.flatMap((value) => equalTo(String(value)) ?? [])
  if (of.length < values.length) return undefined
  return of.length === 1 ? of[0] : { kind: 'or', of }
}

function equality(field: TextField, value: string): Filter {
  return { kind: 'text', field, comparator: '=', value }
}
