// How often a token is checked.
import { expect, test } from 'vitest'
import { ANONYMOUS } from '../../src/auth/anonymous.js'
import { notAuthenticated, type Authenticator } from '../../src/auth/authenticator.js'
import type { Caller } from '../../src/task/caller.js'
import { RememberedTokens, type TokenMemoryLimits } from '../../src/auth/remembered-tokens.js'

/** A memory before an authenticator that refuses `bad`, and what that was asked about. */
function memory(limits: Partial<TokenMemoryLimits> = {}, expiresAt = Infinity): { asked: string[]; show: (...tokens: string[]) => Promise<string> } {
  const asked: string[] = []
  const slow: Authenticator = {
    authenticate({ authorization }) {
      const token = authorization.join()
      asked.push(token)
      return token === 'bad' ? Promise.reject(notAuthenticated('bad')) : Promise.resolve({ ...ANONYMOUS, name: token, expiresAt })
    },
  }
  const tokens = new RememberedTokens(slow, { rememberMs: 60_000, remembered: 100, ...limits })
  const callerOf = async (authorization: readonly string[]): Promise<Caller> => tokens.authenticate({ authorization, certificate: () => undefined })
  const show = (...authorization: string[]): Promise<string> =>
    callerOf(authorization).then(
      ({ name }) => name,
      () => 'refused',
    )
  return { asked, show }
}

test('a token is checked once', async () => {
  const { asked, show } = memory()
  for (let call = 0; call < 3; call += 1) expect(await show('a')).toBe('a')
  expect(await show('b')).toBe('b')
  expect(asked).toEqual(['a', 'b'])
})

test('what is refused is checked each time, and so is what is no single token', async () => {
  const { asked, show } = memory()
  await show('a')
  for (const tokens of [['bad'], ['bad'], ['a', 'a'], ['a', 'a'], [], []]) await show(...tokens)
  expect(asked).toEqual(['a', 'bad', 'bad', 'a,a', 'a,a', '', ''])
})

test('it is checked again when it may have ended, or been taken back', async () => {
  const short = memory({ rememberMs: 0 })
  await short.show('a')
  await short.show('a')
  expect(short.asked).toEqual(['a', 'a'])
  const ending = memory({}, Date.now() - 1)
  await ending.show('a')
  await ending.show('a')
  expect(ending.asked).toEqual(['a', 'a'])
})

test('so many are remembered, and no more', async () => {
  const { asked, show } = memory({ remembered: 2 })
  for (const token of ['a', 'b', 'a', 'b']) await show(token)
  expect(asked).toEqual(['a', 'b'])
  for (const token of ['c', 'b', 'a']) await show(token)
  expect(asked).toEqual(['a', 'b', 'c', 'a'])
})
