// The query of a list: which fields of which tasks, and from where on.
import { LIST_LIMITS } from '../../limits.js'
import type { Parameter } from '../../gateway/query.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { ListIdentity } from '../../task/page-token.js'
import { quoted } from '../../task/task-fields.js'
import { readContinue } from './continue-token.js'
import { readFilters, type Clause } from './filter.js'
import { InvalidParams } from './invalid-params.js'
import { Problem } from './problem.js'
import { FIELD_NAMES, type FieldName } from './task-fields.js'

/** Which part of which list. */
export interface ListQuery {
  readonly identity: ListIdentity
  readonly clauses: readonly Clause[]
  /** Fields of each task, in the order they were asked for; undefined: whole tasks. */
  readonly include: readonly FieldName[] | undefined
  readonly limit: number
  /** Position of the last task before this page. */
  readonly after: bigint | undefined
}

const NEWEST_FIRST = { field: 'created_at', descending: true } as const
const INCLUDE = /^[0-9a-zA-Z]+(,[0-9a-zA-Z]+)*$/
const LIMIT = /^[1-9][0-9]*$/

/** The parameters that a list takes. */
const PARAMETERS: readonly string[] = ['include', 'limit', 'filter', 'continue']

/** Reads the query of a list. Throws Problem: of a parameter that the list does not take, or of those that are wrong. */
export function readListQuery(instance: InstanceId, parameters: readonly Parameter[], now: Date): ListQuery {
  refuseOthers(parameters, PARAMETERS)
  const invalid = new InvalidParams()
  const filters = parameters.filter(([name]) => name === 'filter').map(([, value]) => value)
  // The word keeps tokens of other lists of the instance apart.
  const identity = { instance, filter: `astra ${JSON.stringify(filters)}`, order: NEWEST_FIRST }
  const single = (name: string): string | undefined => singleValue(parameters, name, invalid)
  const token = single('continue')
  const query = {
    identity,
    clauses: readFilters(filters, invalid),
    include: readInclude(single('include'), invalid),
    limit: readLimit(single('limit'), invalid),
    after: token === undefined ? undefined : readContinue(token, identity, now, invalid),
  }
  if (invalid.list.length > 0) throw new Problem('invalidParameters', { invalidParams: invalid.list })
  return query
}

/** Throws Problem when there is a parameter that is not in `known`. */
export function refuseOthers(parameters: readonly Parameter[], known: readonly string[]): void {
  const invalid = new InvalidParams()
  const taken = known.length === 0 ? 'none' : known.join(', ')
  for (const [name] of parameters) if (!known.includes(name)) invalid.add(name, `is not supported; supported here: ${taken}`)
  if (invalid.list.length > 0) throw new Problem('unsupportedParameters', { invalidParams: invalid.list })
}

function singleValue(parameters: readonly Parameter[], name: string, invalid: InvalidParams): string | undefined {
  const [first, ...others] = parameters.filter(([other]) => other === name)
  if (others.length > 0) invalid.add(name, 'expected it once')
  return first?.[1]
}

function readInclude(text: string | undefined, invalid: InvalidParams): readonly FieldName[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',')
  const unknown = names.find((name) => !isFieldName(name))
  if (!INCLUDE.test(text)) invalid.add('include', 'expected names of fields, with commas between them')
  else if (unknown !== undefined) invalid.add('include', `${quoted(unknown)} is no field; expected ${FIELD_NAMES.join(', ')}`)
  // Repeated names would make an answer of any size out of a short request.
  else if (new Set(names).size < names.length) invalid.add('include', 'expected each field once')
  return names.filter(isFieldName)
}

function isFieldName(name: string): name is FieldName {
  return FIELD_NAMES.some((field) => field === name)
}

/** More than a page holds is as much as a page holds; clients of this face do not know pages, so that is the default too. */
function readLimit(text: string | undefined, invalid: InvalidParams): number {
  if (text !== undefined && !LIMIT.test(text)) invalid.add('limit', 'expected a whole number from 1')
  return Math.min(Number(text ?? Infinity), LIST_LIMITS.pageSizeMax)
}
