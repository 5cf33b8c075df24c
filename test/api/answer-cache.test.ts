// Which answers are kept, and for how long.
import { expect, test } from 'vitest'
import { AnswerCache } from '../../src/api/answer-cache.js'

const LIMITS = { cacheBytes: 10_000, answerBytes: 4000, ageMs: 1000 }

interface CacheUnderTest {
  readonly keep: (key: string, mark: bigint, bytes: number) => void
  readonly find: (key: string, mark: bigint) => number | undefined
  readonly wait: (ms: number) => void
  readonly size: () => number
}

/** A cache with a clock; it answers the length of what it has for a key at a mark. */
function cache(limits: Partial<typeof LIMITS> = {}): CacheUnderTest {
  let time = 0
  const answers = new AnswerCache<Uint8Array>({ ...LIMITS, ...limits }, () => time)
  return {
    keep: (key, mark, bytes) => void answers.at(mark, key, () => ({ body: new Uint8Array(bytes), etag: undefined })),
    find: (key, mark) => answers.find(key, mark)?.body.length,
    wait: (ms) => (time += ms),
    size: () => answers.size,
  }
}

test('an answer is made once for its key and its mark, at once or later', async () => {
  const answers = new AnswerCache<string>(LIMITS)
  const made: string[] = []
  const make = (body: string) => () => {
    made.push(body)
    return made.length === 1 ? Promise.resolve({ body, etag: '"1"' }) : { body, etag: '"1"' }
  }
  expect(await answers.at(1, 'a', make('first'))).toEqual({ body: 'first', etag: '"1"' })
  expect(answers.at(1, 'a', make('second'))).toMatchObject({ body: 'first' })
  expect(answers.at(1n, 'a', make('third'))).toMatchObject({ body: 'third' })
  expect(answers.at(undefined, 'a', make('fourth'))).toMatchObject({ body: 'fourth' })
  expect(made).toEqual(['first', 'third', 'fourth'])
})

test('what cannot be made is not kept', () => {
  const answers = new AnswerCache<string>(LIMITS)
  const fail = (): never => {
    throw new Error('none')
  }
  expect(() => answers.at(1, 'a', fail)).toThrow('none')
  expect(answers.size).toBe(0)
})

test('an answer is found under its key and its mark, and is gone once the mark is another', () => {
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
