import { expect, test } from 'vitest'
import { InstanceStamps } from '../../../src/store/sqlite/instance-stamps.js'
import type { InstanceId } from '../../../src/task/identifiers.js'

const id = (text: string): InstanceId => text as InstanceId

test('a stamp is unknown while a change is being committed, and another one after it', () => {
  const stamps = new InstanceStamps()
  const before = stamps.of(id('a'))
  const committed = stamps.change(['a'])
  expect(stamps.of(id('a'))).toBeUndefined()
  committed()
  expect(stamps.of(id('a'))).toBe((before ?? NaN) + 2)
  expect(stamps.of(id('b'))).toBe(0)
})

test('both sides of the memory see the same', () => {
  const writing = new InstanceStamps()
  const reading = new InstanceStamps(writing.memory)
  writing.change(['a'])()
  expect(reading.of(id('a'))).toBe(2)
})

test('instances that share a counter change it once in one commit', () => {
  const stamps = new InstanceStamps()
  // More names than there are counters.
  const names = Array.from({ length: 70_000 }, (_, index) => `instance-${index}`)
  const committed = stamps.change(names)
  expect(names.every((name) => stamps.of(id(name)) === undefined)).toBe(true)
  committed()
  expect(names.every((name) => stamps.of(id(name)) === 2)).toBe(true)
})
