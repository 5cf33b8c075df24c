// Places that service instances share.
import { expect, test } from 'vitest'
import type { InstanceId } from '../../src/task/identifiers.js'
import { Places } from '../../src/task/places.js'

const [a, b, c] = ['a', 'b', 'c'] as InstanceId[] as [InstanceId, InstanceId, InstanceId]

test('one instance has so many places, all together have so many', () => {
  const places = new Places(() => ({ all: 5, ofInstance: 3 }))
  expect([a, a, a, a].map((instance) => places.take(instance))).toEqual([true, true, true, false])
  expect([b, b, b, c].map((instance) => places.take(instance))).toEqual([true, true, false, false])
  expect(places.size).toBe(5)
  places.giveBack(a)
  expect([a, c].map((instance) => places.take(instance))).toEqual([true, false])
  for (const instance of [a, a, a, b, b]) places.giveBack(instance)
  expect(places.size).toBe(0)
  expect([c, c, c, c].map((instance) => places.take(instance))).toEqual([true, true, true, false])
})
