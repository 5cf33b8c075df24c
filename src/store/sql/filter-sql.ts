// A filter as an SQL condition over the table `task` (and `task_label`), in SQL that SQLite and PostgreSQL share.
import type { Comparison, Filter, TextField } from '../../task/filter.js'

/** Takes a parameter and answers its placeholder in the statement. */
export type Bind = (value: string | number) => string

/** An equality that an index begins with, and what of the filter it stands for. */
export interface Driver {
  /** The column of `task`, or `label` for a label and its value. */
  readonly column: 'status' | 'command' | 'service' | 'created_by' | 'resource_id' | 'parent_task_id' | 'label'
  readonly comparison: Comparison
}

const TEXT_COLUMNS: Readonly<Record<TextField, string>> = {
  command: 'command',
  service: 'service',
  created_by: 'created_by',
  modified_by: 'modified_by',
  'resource.id': 'resource_id',
  'resource.type': 'resource_type',
  parent_task_id: 'parent_task_id',
}

/** The condition; never NULL, so that NOT means not. `ofTask` is the condition that a row of `task_label` is of the task. */
export function filterSql(filter: Filter, bind: Bind, ofTask: string): string {
  switch (filter.kind) {
    case 'and':
      return `(${filter.of.map((part) => filterSql(part, bind, ofTask)).join(' AND ')})`
    case 'or':
      return `(${filter.of.map((part) => filterSql(part, bind, ofTask)).join(' OR ')})`
    case 'not':
      return `NOT ${filterSql(filter.of, bind, ofTask)}`
    default:
      return comparisonSql(filter, bind, ofTask)
  }
}

function comparisonSql(comparison: Comparison, bind: Bind, ofTask: string): string {
  switch (comparison.kind) {
    case 'status':
    case 'outcome':
      return equality(`task.${comparison.kind}`, comparison.comparator, bind(comparison.value))
    case 'text':
      return equality(`task.${TEXT_COLUMNS[comparison.field]}`, comparison.comparator, bind(comparison.value))
    case 'prefix':
      return negatedIf(comparison.comparator === '!=', prefixSql(TEXT_COLUMNS[comparison.field], comparison.value, bind))
    case 'time': {
      const operator = comparison.comparator === '!=' ? '<>' : comparison.comparator
      return `COALESCE(task.${comparison.field} ${operator} ${bind(comparison.value.getTime())}, FALSE)`
    }
    case 'label':
      return negatedIf(comparison.comparator === '!=', labelSql(comparison, bind, ofTask))
    case 'hasLabel':
      return labelSql(comparison, bind, ofTask)
  }
}

function equality(column: string, comparator: '=' | '!=', placeholder: string): string {
  return `${column} ${comparator === '=' ? '=' : '<>'} ${placeholder}`
}

function negatedIf(negated: boolean, condition: string): string {
  return negated ? `NOT ${condition}` : condition
}

/** "Begins with" as a range, which an index can follow; U+10FFFF is the last code point there is. */
function prefixSql(column: string, prefix: string, bind: Bind): string {
  return `(task.${column} >= ${bind(prefix)} AND task.${column} <= ${bind(`${prefix}\u{10FFFF}`)})`
}

function labelSql(label: { readonly key: string; readonly value?: string }, bind: Bind, ofTask: string): string {
  const key = bind(label.key)
  const ofValue = label.value === undefined ? '' : ` AND value = ${bind(label.value)}`
  // OFFSET keeps PostgreSQL from joining all labels: one look for each task that is left over.
  return `EXISTS (SELECT 1 FROM task_label WHERE ${ofTask} AND task_label.key = ${key}${ofValue} LIMIT 1 OFFSET 0)`
}

/** The most telling equality that has to hold for every task of the filter, if it has one with an index. */
export function driverOf(filter: Filter): Driver | undefined {
  const drivers = (filter.kind === 'and' ? filter.of : [filter]).flatMap((part) => asDriver(part) ?? [])
  return PREFERENCE.map((column) => drivers.find((driver) => driver.column === column)).find(Boolean)
}

/** From the columns of many values to those of few. */
const PREFERENCE: readonly Driver['column'][] = ['parent_task_id', 'resource_id', 'label', 'created_by', 'command', 'service', 'status']

function asDriver(filter: Filter): Driver | undefined {
  if (filter.kind === 'status' && filter.comparator === '=') return { column: 'status', comparison: filter }
  if (filter.kind === 'label' && filter.comparator === '=') return { column: 'label', comparison: filter }
  if (filter.kind !== 'text' || filter.comparator !== '=' || filter.value === '') return undefined
  const column = PREFERENCE.find((name) => name === TEXT_COLUMNS[filter.field])
  return column && { column, comparison: filter }
}
