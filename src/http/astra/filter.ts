// Filters: clauses such as `state eq 'running'`, all of which have to hold. Source: the document and what is known of it.
import type { Task } from '../../../gen/openshift/v1/task.js'
import { LIST_LIMITS } from '../../limits.js'
import { quoted } from '../../task/task-fields.js'
import { FILTER_FIELDS, type Comparable, type FilterField } from './filter-fields.js'
import type { InvalidParams } from './invalid-params.js'

const COMPARISONS = {
  eq: (a: Comparable, b: Comparable) => a === b,
  lt: (a: Comparable, b: Comparable) => a < b,
  gt: (a: Comparable, b: Comparable) => a > b,
  lte: (a: Comparable, b: Comparable) => a <= b,
  gte: (a: Comparable, b: Comparable) => a >= b,
  /** Any of several values, with commas between them. */
  in: (a: Comparable, b: Comparable) => a === b,
} as const

/** How a field is compared. */
export type Operator = keyof typeof COMPARISONS

export const OPERATORS = Object.keys(COMPARISONS) as readonly Operator[]

/** One comparison. */
export interface Clause {
  readonly field: FilterField
  readonly operator: Operator
  /** Exactly one, but for `in`. */
  readonly values: readonly Comparable[]
}

// A blank may come percent-encoded twice; clients do that.
const BLANK = '(?: |%20)+'
const CLAUSE = new RegExp(` *(?<path>[0-9A-Za-z.[\\]*]+)${BLANK}(?<operator>[A-Za-z]+)${BLANK}'(?<value>[^']*)' *(?<end>,|$)`, 'y')
const FORM = `expected FIELD OPERATOR 'VALUE', with commas between several`

/** Whether all of the clauses hold for a task. A task without the field matches nothing; of several values, one has to match. */
export function matchesAll(clauses: readonly Clause[], task: Task): boolean {
  return clauses.every(({ field, operator, values }) => {
    const compare = COMPARISONS[operator]
    return field.values(task).some((value) => values.some((other) => compare(value, other)))
  })
}

/**
 * The clauses of every `filter` of a query; what is wrong becomes a fault of the parameter. Together they have at most
 * LIST_LIMITS.filterBytes and LIST_LIMITS.filterComparisons values.
 */
export function readFilters(filters: readonly string[], invalid: InvalidParams): Clause[] {
  if (Buffer.byteLength(filters.join('')) > LIST_LIMITS.filterBytes) {
    invalid.add('filter', `expected at most ${LIST_LIMITS.filterBytes} bytes in all`)
    return []
  }
  const clauses = filters.flatMap((filter) => readFilter(filter, invalid))
  if (clauses.reduce((sum, { values }) => sum + values.length, 0) > LIST_LIMITS.filterComparisons) {
    invalid.add('filter', `expected at most ${LIST_LIMITS.filterComparisons} values in all`)
  }
  return clauses
}

function readFilter(filter: string, invalid: InvalidParams): Clause[] {
  const clauses: Clause[] = []
  for (let at = 0, end = ','; end === ','; at = CLAUSE.lastIndex) {
    CLAUSE.lastIndex = at
    const written = CLAUSE.exec(filter)?.groups
    if (written === undefined) {
      invalid.add('filter', `${FORM}; ${quoted(filter.slice(at))} is not that, at character ${at + 1}`)
      return []
    }
    end = written['end'] ?? ''
    clauses.push(...readClause(written, invalid))
  }
  return clauses
}

function readClause({ path = '', operator = '', value = '' }: Record<string, string>, invalid: InvalidParams): Clause[] {
  const field = FILTER_FIELDS.get(path)
  if (field === undefined) invalid.add('filter', `cannot filter by ${quoted(path)}; expected one of ${[...FILTER_FIELDS.keys()].join(', ')}`)
  if (!isOperator(operator)) {
    invalid.add('filter', `${quoted(operator)} is no operator; expected one of ${OPERATORS.join(', ')}`)
  }
  if (field === undefined || !isOperator(operator)) return []
  const texts = operator === 'in' ? value.split(',').map((text) => text.trim()) : [value]
  const values = texts.flatMap((text) => (text === '' ? [] : (field.kind.read(text) ?? [])))
  if (values.length < texts.length) {
    const several = operator === 'in' ? ', and commas between several' : ''
    invalid.add('filter', `${path} ${operator} ${quoted(value)}: expected ${field.kind.expected}, not empty${several}`)
  }
  return [{ field, operator, values }]
}

function isOperator(word: string): word is Operator {
  return Object.hasOwn(COMPARISONS, word)
}
