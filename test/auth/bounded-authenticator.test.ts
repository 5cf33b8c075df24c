// How many tokens are checked at once.
import { expect, test } from 'vitest'
import { BoundedAuthenticator } from '../../src/auth/bounded-authenticator.js'
import { RememberedTokens } from '../../src/auth/remembered-tokens.js'
import { CALL_LIMITS, JWT_LIMITS } from '../../src/limits.js'
import { Grants, type Caller } from '../../src/task/caller.js'
import type { Credentials } from '../../src/auth/authenticator.js'

const ALICE: Caller = { name: 'alice', grants: new Grants([]), expiresAt: Infinity }
const showing = (token: string): Credentials => ({ authorization: [`Bearer ${token}`], certificate: () => undefined })

test('so many, and not once more; who is known already is not counted', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const slow = {
    async authenticate({ authorization }: Credentials) {
      if (authorization[0] !== 'Bearer known') await released
      return ALICE
    },
  }
  const tokens = new RememberedTokens(new BoundedAuthenticator(slow), JWT_LIMITS)
  expect(await tokens.authenticate(showing('known'))).toBe(ALICE)
  const checked = Array.from({ length: JWT_LIMITS.checks }, (_, index) => Promise.resolve(tokens.authenticate(showing(`t${index}`))))
  await expect(tokens.authenticate(showing('beyond'))).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'TOO_MANY_CALLS',
    details: { retryDelayMs: CALL_LIMITS.retryDelayMs },
  })
  expect(await tokens.authenticate(showing('known'))).toBe(ALICE)
  release()
  expect(await Promise.all(checked)).toHaveLength(JWT_LIMITS.checks)
  expect(await tokens.authenticate(showing('beyond'))).toBe(ALICE)
})

test('a check that fails gives its place back', async () => {
  const tokens = new BoundedAuthenticator({ authenticate: () => Promise.reject(new Error('no')) })
  for (let call = 0; call <= JWT_LIMITS.checks; call += 1) await expect(tokens.authenticate(showing('bad'))).rejects.toThrow('no')
})
