// Sends many rows with one statement.
import type { RowsStatement } from './batch-statements.js'
import type { Connection, Value } from './database.js'

/** Sends `rows` of an instance, as one array for each column; nothing when there are none. */
export function putRows(
  connection: Connection,
  { columns, ...statement }: RowsStatement,
  instance: string,
  rows: readonly Readonly<Record<string, Value>>[],
): Promise<unknown>[] {
  if (rows.length === 0) return []
  const arrays = columns.map((column) => rows.map((row) => row[column] ?? null))
  return [connection.rows(statement, [instance, ...arrays])]
}
