// Pages that are shared are read once, whatever was read at once before.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TASK_LIMITS } from '../../src/limits.js'
import { CatchUp } from '../../src/task/catch-up.js'
import { openClockedSqlite } from '../support/clocked-store.js'
import { counted } from '../support/counted-store.js'
import { create, INSTANCE } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

test('pages that had to make room while they were read take none afterwards', async () => {
  const clocked = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(TASK_LIMITS.payloadBytes - 100) }
  const places = Array.from({ length: 30 }, (_, index) => BigInt(index))
  for (const place of places) await clocked.write(create(`t${place}`, { metadata }))
  const { store, calls } = counted(clocked)
  const catchUp = new CatchUp(store, INSTANCE)
  for (let round = 0; round < 3; round += 1) await Promise.all(places.map((place) => catchUp.read(place)))
  const before = calls.events ?? 0
  await catchUp.read(3n)
  await catchUp.read(3n)
  expect(calls.events).toBeLessThanOrEqual(before + 1)
  await clocked.close()
})
