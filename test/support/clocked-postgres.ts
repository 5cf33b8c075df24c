// PostgreSQL as a store whose clock the test turns: the time is in a table beside those of the store.
import type { PostgresStore } from '../../src/store/postgres/postgres-store.js'
import type { ClockedStore } from './clocked-store.js'
import type { TestDatabase } from './postgres-database.js'

/** SQL of the time that a test has set. */
const TEST_TIME = '(SELECT at FROM test_time)'

/** A store of its own on an emptied database. */
export async function openClockedPostgres(database: TestDatabase): Promise<ClockedStore> {
  const begin = Date.parse('2026-03-01T12:00:00Z')
  await database.clear()
  await database.run('CREATE TABLE IF NOT EXISTS test_time (at bigint NOT NULL)')
  await database.run('DELETE FROM test_time')
  await database.run('INSERT INTO test_time VALUES ($1)', [begin])
  const store = await database.open({ clock: TEST_TIME })
  let now = begin
  const turn = async (ms: number): Promise<void> => {
    now += ms
    await database.run('UPDATE test_time SET at = $1', [now])
  }
  const own = {
    async advance(ms: number): Promise<void> {
      await turn(ms)
      // Other servers have served all the time.
      await database.run('UPDATE sweep SET swept_at = $1', [now])
      await store.sweep()
    },
    async restart(): Promise<void> {
      await database.run('UPDATE sweep SET swept_at = $1, served_since = $1', [now])
      await store.sweep()
    },
  }
  await own.advance(0)
  return clocked(store, own, () => now)
}

function clocked(store: PostgresStore, own: Pick<ClockedStore, 'advance' | 'restart'>, now: () => number): ClockedStore {
  return new Proxy(store as unknown as ClockedStore, {
    get: (_, name) => {
      if (name === 'now') return now()
      const value: unknown = name in own ? own[name as keyof typeof own] : store[name as keyof PostgresStore]
      return typeof value === 'function' ? (value as () => unknown).bind(store) : value
    },
  })
}
