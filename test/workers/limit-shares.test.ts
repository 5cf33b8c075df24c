// What workers have together is what a server of one process has.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limitValues } from '../../src/set-limits.js'
import { limitShares } from '../../src/workers/limit-shares.js'

test('shares add up to the whole, differ by one at most, and are never less than one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 100_000 }), (of, reads) => {
      const shares = Array.from({ length: of }, (_, index) => limitShares({ ...limitValues(), 'call.reads': reads }, { number: index + 1, of })['call.reads'] ?? 0)
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.max(reads, of))
    }),
  )
})

test('every limit that is shared is one', () => {
  const known = limitValues()
  expect(Object.keys(limitShares(known, { number: 1, of: 2 })).filter((name) => !(name in known))).toEqual([])
})

test('a single worker has everything', () => {
  expect(limitValues()).toMatchObject(limitShares(limitValues(), { number: 1, of: 1 }))
})

test('a worker over PostgreSQL can read while it writes, however many there are', () => {
  const { 'postgres.connections': connections = 0, 'postgres.writers': writers = 0 } = limitShares(limitValues(), { number: 64, of: 64 })
  expect(connections).toBeGreaterThan(writers)
})
