// A store that closes while it does something of its own accord.
import { expect, test } from 'vitest'
import { locksAreWaitedFor } from '../../support/held-up-sessions.js'
import { suiteDatabase } from '../../support/postgres-database.js'

const database = suiteDatabase()

test('a store that closes while it looks for what is due has looked first', async () => {
  await database.clear()
  const faults: Error[] = []
  const store = await database.open({ onFailure: (fault) => faults.push(fault) })
  await database.run('BEGIN; LOCK TABLE sweep IN ACCESS EXCLUSIVE MODE')
  await locksAreWaitedFor(database)
  const closed = store.close()
  // Whatever does not wait has closed its connections by then.
  await database.run('SELECT pg_sleep(0.2)')
  await database.run('COMMIT')
  await closed
  expect(faults).toEqual([])
})
