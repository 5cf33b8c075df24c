// Which answers are kept, and for how long.
import { expect, test } from 'vitest'
import { AnswerCache } from '../../src/api/answer-cache.js'

const LIMITS = { cacheBytes: 10_000, answerBytes: 4000, ageMs: 1000 }

interface CacheUnderTest {
  readonly keep: (key: string, mark: bigint, bytes: number) => void
  readonly find: (key: string, mark: bigint) => number | undefined
  readonly wait: (ms: number) => void
}

/** A cache with a clock; it answers the length of what it has for a key at a mark. */
function cache(limits: Partial<typeof LIMITS> = {}): CacheUnderTest {
  let time = 0
  const answers = new AnswerCache<Uint8Array>({ ...LIMITS, ...limits })
  return {
    keep: (key, mark, bytes) => void answers.at(key, mark, time, () => ({ body: new Uint8Array(bytes), etag: undefined })),
    find: (key, mark) => answers.find(key, mark, time)?.body.length,
    wait: (ms) => (time += ms),
  }
}

test('an answer is made once for its key and its mark, at once or later', async () => {
  const answers = new AnswerCache<string>(LIMITS)
  const made: string[] = []
  const make = (body: string) => () => {
    made.push(body)
    return made.length === 1 ? Promise.resolve({ body, etag: '"1"' }) : { body, etag: '"1"' }
  }
  expect(await answers.at('a', 1, 0, make('first'))).toMatchObject({ body: 'first', etag: '"1"' })
  expect(answers.at('a', 1, 0, make('second'))).toMatchObject({ body: 'first' })
  expect(answers.at('a', 1n, 0, make('third'))).toMatchObject({ body: 'third' })
  expect(answers.at('a', undefined, 0, make('fourth'))).toMatchObject({ body: 'fourth' })
  expect(made).toEqual(['first', 'third', 'fourth'])
})

test('what cannot be made is not kept', () => {
  const answers = new AnswerCache<string>(LIMITS)
  const fail = (): never => {
    throw new Error('none')
  }
  expect(() => answers.at('a', 1, 0, fail)).toThrow('none')
  expect(answers.find('a', 1, 0)).toBeUndefined()
})

test('an answer is found under its key and its mark', () => {
  const { keep, find } = cache()
  keep('a', 1n, 10)
  expect([find('a', 1n), find('b', 1n), find('a', 2n), find('a', 1n)]).toEqual([10, undefined, undefined, 10])
})

test('an answer takes the place of the one before it', () => {
  const { keep, find } = cache()
  keep('a', 1n, 10)
  keep('a', 2n, 20)
  expect([find('a', 1n), find('a', 2n)]).toEqual([undefined, 20])
})

test('those that were used lately stay within the bytes there are', () => {
  const { keep, find } = cache()
  const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
  keep('used', 1n, 1000)
  for (const key of keys) {
    keep(key, 1n, 1000)
    expect(find('used', 1n)).toBe(1000)
  }
  const found = keys.filter((key) => find(key, 1n) !== undefined)
  expect(found).toContain('key-19')
  expect(found.length).toBeLessThan(LIMITS.cacheBytes / 1000)
})

test('an answer that is made again and again takes the room of one', () => {
  const { keep, find } = cache()
  keep('other', 1n, 1000)
  for (let mark = 1n; mark < 100n; mark += 1n) keep('busy', mark, 1000)
  expect(find('other', 1n)).toBe(1000)
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
  const { keep, find, wait } = cache()
  keep('a', 1n, 10)
  wait(ms)
  expect(find('a', 1n)).toBe(found)
})
