// The columns of the list, and which of them are shown.

/** Every column, in the order in which they stand. */
export const COLUMNS = [
  'status',
  'command',
  'about',
  'progress',
  'service',
  'createdBy',
  'createdAt',
  'startedAt',
  'endedAt',
  'duration',
  'labels',
  'owner',
  'revision',
  'id',
] as const
export type Column = (typeof COLUMNS)[number]

/** The column that is always there: it is the way to the task. */
export const FIXED_COLUMN: Column = 'command'

/** What is shown to who has not chosen. */
export const DEFAULT_COLUMNS: readonly Column[] = ['status', 'command', 'about', 'progress', 'createdBy', 'createdAt', 'duration']

/** The columns in their order: those that are named, and the fixed one. */
export function columnsOf(names: readonly string[]): readonly Column[] {
  return COLUMNS.filter((column) => column === FIXED_COLUMN || names.includes(column))
}

/** `columns` with `column`, or without it when it was there. */
export function toggled(columns: readonly Column[], column: Column): readonly Column[] {
  return columnsOf(columns.includes(column) ? columns.filter((name) => name !== column) : [...columns, column])
}
