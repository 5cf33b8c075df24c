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

/** Prints one task. */
export function printTask(task: Task, output: ClientOptions['output']): void {
  if (output === 'json') printJson('openshift.v1.Task', Task.encode(task).finish())
  else process.stdout.write(table([task]))
}

/** Prints a page of tasks; as JSON, it is the answer of ListTasks. */
export function printTasks(list: ListTasksResponse, output: ClientOptions['output']): void {
  if (output === 'json') printJson('openshift.v1.ListTasksResponse', ListTasksResponse.encode(list).finish())
  else process.stdout.write(table(list.tasks))
}

function printJson(typeName: string, encoded: Uint8Array): void {
  const schema = ownSchema()
  const type = schema.getMessage(typeName)
  if (type === undefined) throw new Error(`The contract has no ${typeName}`)
  const json = new ProtoJson(typeSource(schema), { alwaysEmit: ['openshift.v1.ListTasksResponse.tasks'] })
  const indented = JSON.stringify(JSON.parse(json.print(type, encoded)), undefined, 2)
  process.stdout.write(`${indented}\n`)
}

function table(tasks: readonly Task[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...tasks.map((task) => COLUMNS.map(([, cell]) => printable(cell(task))))]
  const widths = COLUMNS.map((_column, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd())
  return `${lines.join('\n')}\n`
}

function statusOf({ status, outcome }: Task): string {
  return outcome === 'WARNING' || outcome === 'PARTIAL' ? `${status} (${outcome})` : status
}

function summaryOf({ error, summary, statusDetails }: Task): string {
  return error?.message ?? (summary === '' ? (statusDetails[0]?.title ?? '') : summary)
}

/** Text of others as it may reach a terminal: no control characters, so no escape sequences. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}
