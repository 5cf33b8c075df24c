// The PostgreSQL that all tests of a run share.
import type { TestProject } from 'vitest/node'
import { startPostgres } from './local-postgres.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the PostgreSQL of the tests is, without a database: `postgres://user:password@host:port`. */
    readonly postgresUrl: string
  }
}

/** A server to test on in place of the one from npm: by its superuser, without a database, and with fsync=off, which some tests look for. */
const { TASKPLANE_TEST_POSTGRES: given = '' } = process.env

/** Starts the server before the tests; stops it after them. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const server = given === '' ? await startPostgres() : undefined
  project.provide('postgresUrl', server?.url ?? given)
  return server?.stop
}
