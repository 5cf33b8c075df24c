// Text that fits the documented bounds of a field, made from what a producer wrote.

/** Bounds of texts, in Unicode code points. Source: the tables of the document. */
export const BOUNDS = {
  name: { min: 3, max: 127 },
  summary: { min: 3, max: 63 },
  description: { min: 1, max: 511 },
  service: { min: 1, max: 31 },
  uri: { min: 3, max: 4095 },
  detailTitle: { min: 1, max: 40 },
  detail: { min: 0, max: 511 },
} as const

/** The form of a name, as a regular expression: letters in parts, with dots between. */
export const NAME_PATTERN = '^(([a-z])*(\\.))*([a-z])+$'

/**
 * A name from a command: `Cluster-Create_2` becomes `cluster.create`. Digits are left out, what is no letter ends a part, and
 * what is too short stands below `task`.
 */
export function taskName(command: string): string {
  const parts = command.toLowerCase().replaceAll(/\d/g, '').split(/[^a-z]+/)
  const name = parts.filter((part) => part !== '').join('.')
  if (name.length < BOUNDS.name.min) return name === '' ? 'task' : `task.${name}`
  return name.slice(0, BOUNDS.name.max).replace(/\.$/, '')
}

/** At most `max` code points of `text`, the last of them an ellipsis when something was left out. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const points = Array.from(text)
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`
}
