// Holds up sessions of a database for as long as a test likes, and sees that they wait.
import { expect } from 'vitest'
import type { TestDatabase } from './postgres-database.js'

/** Number of the advisory lock that held inserts wait for. */
const GATE = 7

/** Resolves when so many sessions of the database wait for locks. */
export async function locksAreWaitedFor(database: TestDatabase, sessions = 1): Promise<void> {
  const waiting = async (): Promise<unknown[]> => {
    // Within a transaction it would show the same again and again.
    await database.run('SELECT pg_stat_clear_snapshot()')
    return database.run("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
  }
  await expect.poll(waiting, { interval: 5 }).toHaveLength(sessions)
}

/** From now on whoever inserts a task waits, until `releaseInserts`. */
export async function holdInserts(database: TestDatabase): Promise<void> {
  await database.run(
    `SELECT pg_advisory_lock(${GATE});
     CREATE OR REPLACE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$;
     CREATE OR REPLACE TRIGGER held BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION held()`,
  )
}

export async function releaseInserts(database: TestDatabase): Promise<void> {
  await database.run('SELECT pg_advisory_unlock_all(); DROP TRIGGER IF EXISTS held ON task')
}
