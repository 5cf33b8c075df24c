// What a person fills in to find tasks, as a filter of the API (AIP-160).
import type { Status } from '../api/task.js'

/** The fields of the filter bar; an empty one asks for nothing. */
export interface TaskFilter {
  readonly statuses: readonly Status[]
  /** A command; with a `*` at its end, all that begin so. */
  readonly command: string
  readonly service: string
  readonly createdBy: string
  /** `key=value`, or `key` for any value. */
  readonly label: string
  /** The beginning of a command, service, creator, resource id or resource type, in whichever it stands. */
  readonly text: string
  /** A filter in the words of the API, for what the fields cannot say. */
  readonly expression: string
}

export const NO_FILTER: TaskFilter = { statuses: [], command: '', service: '', createdBy: '', label: '', text: '', expression: '' }

const TEXT_FIELDS = ['command', 'service', 'created_by', 'resource.id', 'resource.type']

/** The filter; empty when nothing is asked for. OR binds tighter than AND, so only what a person wrote needs parentheses. */
export function filterText(filter: TaskFilter): string {
  const { statuses, command, service, createdBy, label, expression } = filter
  const text = filter.text.trim().replace(/\*+$/, '')
  const parts = [
    statuses.map((status) => `status = ${status}`).join(' OR '),
    equality('command', command),
    equality('service', service),
    equality('created_by', createdBy),
    labelComparison(label),
    text === '' ? '' : TEXT_FIELDS.map((field) => `${field} = ${quoted(`${text}*`)}`).join(' OR '),
  ].filter((part) => part !== '')
  if (expression.trim() !== '') parts.push(parts.length === 0 ? expression.trim() : `(${expression.trim()})`)
  return parts.join(' AND ')
}

/** Whether nothing is asked for. */
export function isBlank(filter: TaskFilter): boolean {
  return filterText(filter) === ''
}

function equality(field: string, value: string): string {
  return value.trim() === '' ? '' : `${field} = ${quoted(value.trim())}`
}

function labelComparison(label: string): string {
  const text = label.trim()
  const at = text.indexOf('=')
  if (text === '' || at === 0) return ''
  if (at < 0) return `labels:${quoted(text)}`
  return `labels.${quoted(text.slice(0, at).trim())} = ${quoted(text.slice(at + 1).trim())}`
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
