// PostgreSQL as a store whose clock the test turns: the time is in a table beside those of the store.
import type { PostgresStore } from '../../src/store/postgres/postgres-store.js'
import type { ClockedStore } from './clocked-store.js'
import type { TestDatabase } from './postgres-database.js'

/** SQL of the time that a test has set. */
export const TEST_TIME = '(SELECT at FROM test_time)'

/** Sets the time, `now`, and when a server last looked for what is due, both at once. */
export async function setTestTime(database: TestDatabase, now: number, sweptAt = now): Promise<void> {
  await database.run(
    'CREATE TABLE IF NOT EXISTS test_time (at bigint NOT NULL); DELETE FROM test_time;' +
      ` INSERT INTO test_time VALUES (${now}); UPDATE sweep SET swept_at = ${sweptAt}`,
  )
}

/** A store of its own on an emptied database. */
export async function openClockedPostgres(database: TestDatabase): Promise<ClockedStore> {
  const begin = Date.parse('2026-03-01T12:00:00Z')
  await database.clear()
  await setTestTime(database, begin)
  const store = await database.open({ clock: TEST_TIME })
  let now = begin
  const own = {
    advance: async (ms: number): Promise<void> => {
      now += ms
      // Other servers have looked all the time.
      await setTestTime(database, now)
      await store.sweep()
    },
    restart: async (): Promise<void> => {
      await setTestTime(database, now, 0)
      await store.sweep()
      await database.run('UPDATE sweep SET served_since = $1, swept_at = $1', [now])
    },
  }
  await own.advance(0)
  return clocked(store, own, () => now)
}

interface Clockwork {
  readonly advance: ClockedStore['advance']
  readonly restart: ClockedStore['restart']
}

function clocked(store: PostgresStore, own: Clockwork, now: () => number): ClockedStore {
  return new Proxy(store as unknown as ClockedStore, {
    get: (_, name) => {
      if (name === 'now') return now()
      const value: unknown = Reflect.get(name in own ? own : store, name)
      return typeof value === 'function' ? (value as () => unknown).bind(store) : value
    },
  })
}
