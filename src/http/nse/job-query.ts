// The query parameters of the jobs API.
import type { Parameter } from '../../gateway/query.js'
import { LIST_LIMITS, NSE_LIMITS } from '../../limits.js'
import { FieldViolations } from '../../task/field-violations.js'
import { readInstanceId, type InstanceId } from '../../task/identifiers.js'
import type { ListOrder } from '../../task/task-store.js'
import type { ListResult } from './envelope.js'
import { inJobNames } from './job-fields.js'

/** What a list is asked for: its order, and which part of it. */
export interface JobListQuery extends Pick<ListResult, 'sort_by' | 'order_by' | 'offset' | 'limit'> {
  /** Undefined: every tenant that the caller may see. */
  readonly tenant: InstanceId | undefined
}

const LIST_PARAMETERS = ['tenant_id', 'offset', 'limit', 'sort_by', 'order_by'] as const
const GET_PARAMETERS = ['tenant_id', 'return_timeout'] as const

/** What each `sort_by` is in the domain. */
export const SORT_FIELDS: Readonly<Record<ListResult['sort_by'], ListOrder['field']>> = { created: 'created_at', updated: 'modified_at' }

/** Reads the query of a list. Throws INVALID_ARGUMENT, which names every parameter that is wrong. */
export function readListQuery(query: readonly Parameter[]): JobListQuery {
  const violations = new FieldViolations()
  const given = single(query, LIST_PARAMETERS, violations)
  const read = {
    tenant: readTenant(given, violations),
    offset: readNumber('offset', given, { min: 0, max: LIST_LIMITS.sliceOffset, fallback: 0 }, violations),
    limit: readNumber('limit', given, { min: 1, max: NSE_LIMITS.limitMax, fallback: NSE_LIMITS.limitDefault }, violations),
    sort_by: readChoice('sort_by', given.get('sort_by') ?? 'created', ['created', 'updated'], violations),
    order_by: readChoice('order_by', given.get('order_by') ?? 'desc', ['desc', 'asc'], violations),
  }
  violations.throwIfAny()
  return read
}

/** Reads the query of a get, with the faults that `violations` has already. Throws INVALID_ARGUMENT as `readListQuery` does. */
export function readGetQuery(
  query: readonly Parameter[],
  violations: FieldViolations,
): { readonly tenant: InstanceId | undefined; /** Seconds to wait for the end of the job. */ readonly waitSeconds: number } {
  const given = single(query, GET_PARAMETERS, violations)
  const read = {
    tenant: readTenant(given, violations),
    waitSeconds: readNumber('return_timeout', given, { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 }, violations),
  }
  violations.throwIfAny()
  return read
}

/** Records every parameter of a request that takes none. */
export function refuseParameters(query: readonly Parameter[], violations: FieldViolations): void {
  for (const [name] of query) violations.add(name.slice(0, LONGEST_NAME), 'is no parameter here; expected none')
}

/** Whether a get asks to wait. */
export function isLongPoll(query: readonly Parameter[]): boolean {
  return query.some(([name, value]) => name === 'return_timeout' && !/^0*$/.test(value))
}

/** The value of each parameter, which may be given once. */
function single(query: readonly Parameter[], known: readonly string[], violations: FieldViolations): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (const [name, value] of query) {
    if (!known.includes(name)) violations.add(name.slice(0, LONGEST_NAME), `is no parameter here; expected ${known.join(', ')}`)
    else if (given.has(name)) violations.add(name, 'given more than once')
    given.set(name, value)
  }
  return given
}

/** Characters of an unknown name that are worth repeating. */
const LONGEST_NAME = 63

function readTenant(given: ReadonlyMap<string, string>, violations: FieldViolations): InstanceId | undefined {
  const text = given.get('tenant_id')
  return text === undefined ? undefined : readInstanceId(text, inJobNames(violations))
}

function readNumber(
  name: string,
  given: ReadonlyMap<string, string>,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
  violations: FieldViolations,
): number {
  const text = given.get(name)
  if (text === undefined) return fallback
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`
  violations.add(name, `expected a whole number, ${range}`)
  return fallback
}

function readChoice<Choice extends string>(
  name: string,
  text: string,
  choices: readonly [Choice, ...Choice[]],
  violations: FieldViolations,
): Choice {
  const chosen = choices.find((choice) => choice === text)
  if (chosen === undefined) violations.add(name, `expected ${choices.join(' or ')}`)
  return chosen ?? choices[0]
}
