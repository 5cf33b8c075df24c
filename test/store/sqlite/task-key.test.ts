// Keys of tasks: how many instances and writes they have room for, and that no range leads out of its instance.
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { limitValues, setLimits } from '../../../src/set-limits.js'
import { openConnection } from '../../../src/store/sqlite/connection.js'
import { migrate } from '../../../src/store/sqlite/migrations.js'
import { ALL_REVISIONS, keysOf, rangeOf } from '../../../src/store/sqlite/task-key.js'
import { SqliteTaskWriter } from '../../../src/store/sqlite/task-writer.js'
import { create, OTHER_INSTANCE, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const before = limitValues()

afterEach(() => setLimits(before))

test('keys of instances do not meet, up to STORE_LIMITS.instances and STORE_LIMITS.instanceRevisions', () => {
  const revisions = BigInt(before['store.instanceRevisions'] ?? 0)
  const last = BigInt(before['store.instances'] ?? 0) - 1n
  expect(keysOf(1n)).toEqual({ base: revisions, last: 2n * revisions - 1n })
  expect(keysOf(last).last).toBe(2n ** 63n - 1n)
})

test('no position leads out of the range of its instance', () => {
  const position = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined })
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 23n - 1n }), position, fc.boolean(), (number, after, descending) => {
      const { base, last } = keysOf(number)
      const range = rangeOf({ order: { field: 'created_at', descending }, after }, { base, last })
      const bounds = [range.after, range.end]
      expect(bounds.every((bound) => bound >= base && bound <= last + 1n)).toBe(true)
      // The revision 0 is nobody's.
      expect(range.end).toBe(descending ? base : last)
    }),
  )
  expect(rangeOf({ order: { field: 'modified_at', descending: false }, after: 5n }, ALL_REVISIONS)).toMatchObject({ base: 0n, after: 5n })
})

describe('beyond its limits a store has no room', () => {
  test.each([
    ['store.instances', { instance: OTHER_INSTANCE }],
    ['store.instanceRevisions', {}],
  ])('%s', (limit, more) => {
    const database = openConnection(join(temporaryDirectory(), 'tasks.db'), { mayWrite: true })
    migrate(database)
    setLimits({ [limit]: 2 })
    const writer = new SqliteTaskWriter(database)
    const refused = { code: 'RESOURCE_EXHAUSTED', reason: 'STORE_FULL' }
    expect(writer.writeAll([create('a'), create('b', {}, more)]).results).toMatchObject([{ revision: 1n }, refused])
    setLimits(before)
    expect(writer.writeAll([start('a'), create('b', {}, more)]).results).toMatchObject([{ revision: 2n }, { revision: limit === 'store.instances' ? 1n : 3n }])
    database.close()
  })
})
