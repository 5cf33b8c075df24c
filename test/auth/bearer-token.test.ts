// How long a token may be, to the byte.
import { expect, test } from 'vitest'
import { readBearerToken } from '../../src/auth/bearer-token.js'
import { JWT_LIMITS } from '../../src/limits.js'
import { thrownBy } from '../support/outcome.js'

const longest = 'x'.repeat(JWT_LIMITS.tokenBytes)

test('a token of 8 KiB is taken', () => expect(readBearerToken([`Bearer ${longest}`])).toBe(longest))

test.each([
  ['one byte more', `Bearer ${longest}x`],
  ['100,000 blanks before it', `Bearer${' '.repeat(100_000)}x`],
])('%s is not', (_name, value) => {
  expect((thrownBy(() => readBearerToken([value])) as Error).message).toBe('the token is too large')
})
