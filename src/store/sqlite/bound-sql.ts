// Statements that are made for a query.

/** A statement and its named parameters. */
export interface BoundSql {
  readonly sql: string
  readonly parameters: Readonly<Record<string, string | number>>
}
