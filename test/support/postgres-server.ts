// The PostgreSQL that all tests of a run share.
import type { TestProject } from 'vitest/node'
import { startPostgres } from './local-postgres.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the PostgreSQL of the tests is, without a database: `postgres://user:password@host:port`. */
    readonly postgresUrl: string
  }
}

/** Starts the server before the tests; stops it after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres()
  project.provide('postgresUrl', url)
  return stop
}
