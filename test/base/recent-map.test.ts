// What a map of what was used lately keeps, and how much of it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentMap } from '../../src/base/recent-map.js'

const BYTES = 100
const sizeOf = (value: string): number => value.length

test('finds what was set last, keeps what is used, and never more than its bytes', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const step = fc.oneof(fc.record({ key, length: fc.integer({ min: 0, max: 60 }) }), fc.record({ key }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new RecentMap<string>(BYTES, sizeOf)
      const last = new Map<string, string>()
      for (const asked of steps) {
        if ('length' in asked) {
          const value = 'x'.repeat(asked.length)
          map.set(asked.key, value)
          // What is too large to be kept leaves what there was.
          if (asked.length + 1 <= BYTES / 2) last.set(asked.key, value)
        } else {
          expect([undefined, last.get(asked.key)]).toContain(map.get(asked.key))
        }
      }
      const kept = [...last.keys()].map((name) => [name, map.get(name)] as const).filter(([, value]) => value !== undefined)
      expect(kept.reduce((sum, [name, value]) => sum + name.length + sizeOf(value ?? ''), 0)).toBeLessThanOrEqual(BYTES)
    }),
  )
})

test('what is used stays, what is not is forgotten', () => {
  const map = new RecentMap<string>(BYTES, sizeOf)
  map.set('used', 'x'.repeat(10))
  map.set('unused', 'x'.repeat(10))
  for (let other = 0; other < 20; other += 1) {
    map.set(`other-${other}`, 'x'.repeat(10))
    expect(map.get('used')).toHaveLength(10)
  }
  expect(map.get('unused')).toBeUndefined()
})
