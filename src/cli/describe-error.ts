// An error in words for a terminal.
import { CallError } from '../client/call-error.js'
import { printable } from './print-task.js'

/** `NOT_FOUND: Task x was not found`, and a line for each field that the server refused. */
export function describeError(error: unknown): string {
  if (!(error instanceof CallError)) return printable(error instanceof Error ? error.message : String(error))
  const fields = error.fields.map(({ field, description }) => `\n  ${printable(`${field}: ${description}`)}`)
  return `${error.code}: ${printable(error.message)}${fields.join('')}`
}
