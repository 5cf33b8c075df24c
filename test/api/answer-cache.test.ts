// Which answers are kept, and for how long.
import { expect, test } from 'vitest'
import { AnswerCache } from '../../src/api/answer-cache.js'

const LIMITS = { cacheBytes: 10_000, answerBytes: 4000, ageMs: 1000 }

/** A cache with a clock, and what it answers for a key at a version, by its length. */
function cache(limits: Partial<typeof LIMITS> = {}): { keep: (key: string, version: bigint, bytes: number) => void; find: (key: string, version: bigint) => number | undefined; wait: (ms: number) => void; size: () => number } {
  let time = 0
  const answers = new AnswerCache({ ...LIMITS, ...limits }, () => time)
  return {
    keep: (key, version, bytes) => answers.keep(key, { version, body: new Uint8Array(bytes) }),
    find: (key, version) => answers.find(key, version)?.length,
    wait: (ms) => (time += ms),
    size: () => answers.size,
  }
}

test('an answer is found under its key and its version, and is gone once the version is another', () => {
  const { keep, find } = cache()
  keep('a', 1n, 10)
  expect([find('a', 1n), find('b', 1n), find('a', 1n)]).toEqual([10, undefined, 10])
  expect([find('a', 2n), find('a', 1n)]).toEqual([undefined, undefined])
})

test('an answer takes the place of the one before it', () => {
  const { keep, find, size } = cache()
  keep('a', 1n, 10)
  const before = size()
  keep('a', 2n, 10)
  expect([find('a', 2n), size()]).toEqual([10, before])
})

test('those that were used last stay within the bytes there are', () => {
  const { keep, find, size } = cache()
  for (const key of ['a', 'b', 'c']) keep(key, 1n, 3000)
  expect(find('a', 1n)).toBe(3000)
  keep('d', 1n, 3000)
  expect(['a', 'b', 'c', 'd'].map((key) => find(key, 1n))).toEqual([3000, undefined, 3000, 3000])
  expect(size()).toBeLessThanOrEqual(LIMITS.cacheBytes)
})

test('small answers count with what keeping them takes', () => {
  const { keep, find } = cache()
  for (let key = 0; key < 100; key += 1) keep(String(key), 1n, 0)
  expect(Array.from({ length: 100 }, (_, key) => find(String(key), 1n)).filter((length) => length !== undefined).length).toBeLessThan(40)
})

test.each([
  [4000, 4000],
  [4001, undefined],
])('an answer of %i bytes', (bytes, found) => {
  const { keep, find } = cache()
  keep('a', 1n, bytes)
  expect(find('a', 1n)).toBe(found)
})

test.each([
  [999, 10],
  [1000, undefined],
])('after %i ms', (ms, found) => {
  const { keep, find, wait, size } = cache()
  keep('a', 1n, 10)
  wait(ms)
  expect(find('a', 1n)).toBe(found)
  expect(size() > 0).toBe(found !== undefined)
})
