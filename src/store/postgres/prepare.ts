// Makes sure that a database can be worked with, before anything is read or written.
import { checkFitness, type FitnessOptions } from './fitness.js'
import { migrate, UnfitDatabase, type MigrateOptions } from './migrate.js'
import { ConnectionLost, sqlState } from './postgres-error.js'

/** Where a database is, and what it has to be. */
export type PrepareOptions = FitnessOptions & MigrateOptions

/** A database that is away: it may be there later. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

/**
 * Checks the settings of the database and brings its schema up to date. Throws an Error that says what is wrong with it, a
 * DatabaseAway when it is not there.
 */
export async function preparePostgres(options: PrepareOptions): Promise<void> {
  try {
    await checkFitness(options)
    await migrate(options)
  } catch (error) {
    const cause = error instanceof ConnectionLost ? (error.cause as Error) : (error as Error)
    const message = `Cannot use the database of --store: ${cause.message}`
    throw isAway(error) ? new DatabaseAway(message, { cause }) : new Error(message, { cause })
  }
}

// Of what a server says when it does not let anybody in, these pass: connection exceptions, insufficient resources, operator
// intervention such as a start or a stop, and that somebody else has what a migration needs.
const PASSING = /^(?:08|53|57)|^55P03$/

function isAway(error: unknown): boolean {
  if (error instanceof UnfitDatabase) return false
  const code = sqlState(error)
  return code === undefined ? error instanceof ConnectionLost : PASSING.test(code)
}
