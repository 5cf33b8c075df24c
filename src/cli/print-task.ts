// Prints tasks: a table for people, proto3 JSON for programs.
import { ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { ProtoJson } from '../base/proto-json/proto-json.js'
import { ownSchema, typeSource } from '../base/proto-json/type-source.js'
import type { ClientOptions } from './client-options.js'

const COLUMNS: readonly (readonly [title: string, cell: (task: Task) => string])[] = [
  ['ID', (task) => task.id],
  ['COMMAND', (task) => task.command],
  ['STATUS', (task) => statusOf(task)],
  ['PROGRESS', (task) => (task.progressPercent === undefined ? '' : `${task.progressPercent}%`)],
  ['CREATED', (task) => task.createdAt?.toISOString() ?? ''],
  ['CREATED BY', (task) => task.createdBy],
  ['SUMMARY', (task) => summaryOf(task)],
]

/** What ts-proto generates for a message, as far as printing needs it. */
interface Printable<Message> {
  readonly $type: string
  encode(message: Message): { finish(): Uint8Array }
}

/** Prints one task. */
export function printTask(task: Task, output: ClientOptions['output']): void {
  if (output === 'json') printJson(Task, task)
  else process.stdout.write(table(COLUMNS, [task]))
}

/** Prints a page of tasks; as JSON, it is the answer of ListTasks. */
export function printTasks(list: ListTasksResponse, output: ClientOptions['output']): void {
  if (output === 'json') printJson(ListTasksResponse, list)
  else process.stdout.write(table(COLUMNS, list.tasks))
}

/** Prints a message as proto3 JSON, indented. */
export function printJson<Message>(codec: Printable<Message>, message: Message): void {
  process.stdout.write(`${JSON.stringify(JSON.parse(jsonOf(codec, message)), undefined, 2)}\n`)
}

/** A message as proto3 JSON, on one line. */
export function jsonOf<Message>(codec: Printable<Message>, message: Message): string {
  const schema = ownSchema()
  const type = schema.getMessage(codec.$type)
  if (type === undefined) throw new Error(`The contract has no ${codec.$type}`)
  return new ProtoJson(typeSource(schema), { alwaysEmit: ALWAYS_THERE }).print(type, codec.encode(message).finish())
}

/** Fields that are printed even when they are empty. */
const ALWAYS_THERE = [
  'openshift.v1.ListTasksResponse.tasks',
  'openshift.v1.ListTaskEventsResponse.events',
  'openshift.v1.CountTasksResponse.total',
]

/** Rows under titles, in columns as wide as they have to be. */
export function table<Row>(columns: readonly (readonly [title: string, cell: (row: Row) => string])[], of: readonly Row[]): string {
  const rows = [columns.map(([title]) => title), ...of.map((row) => columns.map(([, cell]) => printable(cell(row))))]
  const widths = columns.map((_column, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd())
  return `${lines.join('\n')}\n`
}

/** The status, and how well it went when that is not well. */
export function statusOf({ status, outcome }: Task): string {
  return outcome === 'WARNING' || outcome === 'PARTIAL' ? `${status} (${outcome})` : status
}

function summaryOf({ error, summary, statusDetails }: Task): string {
  return error?.message ?? (summary === '' ? (statusDetails[0]?.title ?? '') : summary)
}

/** Text of others as it may reach a terminal: no control characters, so no escape sequences. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}
