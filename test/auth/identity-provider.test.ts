// Keys that come from an identity provider, which may be down, slow or lying.
import { beforeAll, describe, expect, test } from 'vitest'
import { NO_ACCESS } from '../../src/auth/access-file.js'
import { JwtAuthenticator } from '../../src/auth/jwt-authenticator.js'
import type { KeySource } from '../../src/auth/jwt-settings.js'
import { keyFetch } from '../../src/auth/key-fetch.js'
import { RemoteKeys, type KeyLimits } from '../../src/auth/remote-keys.js'
import { JWT_LIMITS } from '../../src/limits.js'
import type { TaskError } from '../../src/task/task-error.js'
import { startIdentityProvider, type IdentityProvider, type Misbehaviour } from '../support/identity-provider.js'
import { AUDIENCE, newSigner, sign, type Signer } from '../support/tokens.js'

let signer: Signer
let next: Signer
let stranger: Signer

beforeAll(async () => {
  signer = await newSigner('first')
  next = await newSigner('second')
  stranger = await newSigner('stranger')
})

interface Check {
  /** `ok`, or the reason of the refusal, for a token of that signer. */
  readonly outcome: (by: Signer) => Promise<string>
  readonly faults: unknown[]
}

/** Checks tokens by the keys of `provider`; discovery unless told otherwise. */
function checkedBy(provider: IdentityProvider, limits: Partial<KeyLimits> = {}, keys: Exclude<KeySource, { kind: 'file' }> = { kind: 'discovery' }): Check {
  const faults: unknown[] = []
  const remote = new RemoteKeys(keyFetch(provider.issuer, keys), { ...JWT_LIMITS, ...limits }, (error) => faults.push(error))
  const claims = { name: 'sub', instances: 'instances', roles: 'roles' }
  const settings = { issuer: provider.issuer, audiences: [AUDIENCE], algorithms: ['ES256'], types: ['at+jwt'], keys, claims }
  const authenticator = new JwtAuthenticator(settings, remote, () => NO_ACCESS)
  return {
    faults,
    async outcome(by) {
      const token = await sign(by, { iss: provider.issuer })
      return authenticator.authenticate({ authorization: [`Bearer ${token}`], certificate: () => undefined }).then(
        () => 'ok',
        (error: unknown) => (error as TaskError).reason,
      )
    },
  }
}

describe('a provider that is well', () => {
  test.each(['discovery', 'url'] as const)('is asked once, by %s', async (kind) => {
    const provider = await startIdentityProvider([signer])
    const { outcome } = checkedBy(provider, {}, kind === 'url' ? { kind, url: provider.keysUrl } : { kind })
    expect(await Promise.all(Array.from({ length: 50 }, () => outcome(signer)))).toEqual(Array(50).fill('ok'))
    expect(await outcome(signer)).toBe('ok')
    expect(provider.requests).toBe(1)
  })

  test('has a new key when it signs with one, and loses the old one in time', async () => {
    const provider = await startIdentityProvider([signer])
    const { outcome } = checkedBy(provider, { keysCooldownMs: 0, keysFreshMs: 50 })
    expect(await outcome(signer)).toBe('ok')
    provider.keys = [signer, next]
    expect(await outcome(next)).toBe('ok')
    provider.keys = [next]
    await expect.poll(() => outcome(signer)).toBe('NOT_AUTHENTICATED')
    expect(await outcome(next)).toBe('ok')
  })

  test('is asked for unknown keys once in a cooldown, however many are named', async () => {
    const provider = await startIdentityProvider([signer])
    const { outcome } = checkedBy(provider)
    expect(await outcome(signer)).toBe('ok')
    const storm = await Promise.all(Array.from({ length: 200 }, (_, index) => outcome({ ...stranger, kid: `k${index}` })))
    expect(new Set(storm)).toEqual(new Set(['NOT_AUTHENTICATED']))
    expect(provider.requests).toBe(1)
    expect(await outcome(signer)).toBe('ok')
  })
})

const refuses: Misbehaviour = (_request, response) => response.writeHead(503).end()
const hangs: Misbehaviour = () => undefined
const resets: Misbehaviour = (request) => request.socket.resetAndDestroy()
const only = (text: string): Misbehaviour => (request, response) => response.end(request.url === '/keys' ? text : '')

describe('a provider that is down, slow or lying', () => {
  const LIES: readonly (readonly [name: string, lie: (provider: IdentityProvider) => Misbehaviour])[] = [
    ['refuses', () => refuses],
    ['says nothing', () => hangs],
    ['resets', () => resets],
    ['sends its answer for ever', () => (_request, response) => {
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    }],
    ['sends too much', () => (_request, response) => response.end('x'.repeat(JWT_LIMITS.keysBytes + 1))],
    ['sends no JSON', () => (_request, response) => response.end('<html>')],
    ['names another issuer', ({ keysUrl }) => (_request, response) => response.end(JSON.stringify({ issuer: 'https://evil.example.com', jwks_uri: keysUrl }))],
    ['names keys without TLS elsewhere', ({ issuer }) => (_request, response) =>
      response.end(JSON.stringify({ issuer, jwks_uri: 'http://keys.example.com/keys' }))],
    ['names keys in a file', ({ issuer }) => (_request, response) => response.end(JSON.stringify({ issuer, jwks_uri: 'file:///etc/passwd' }))],
    ['sends us elsewhere', ({ keysUrl }) => (_request, response) => response.writeHead(302, { location: keysUrl }).end()],
  ]

  test.each(LIES)('that %s makes no token good', async (_name, lie) => {
    const provider = await startIdentityProvider([signer])
    const { outcome, faults } = checkedBy(provider, { keysTimeoutMs: 300 })
    provider.misbehaviour = lie(provider)
    expect(await outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
    expect(faults).toHaveLength(1)
  })

  const KEYS: readonly (readonly [name: string, text: string])[] = [
    ['nothing', ''],
    ['no keys', '{"keys":[]}'],
    ['no set', '[]'],
    ['keys that are none', '{"keys":[7]}'],
    ['a secret key', '{"keys":[{"kty":"oct","kid":"first","k":"AAAA"}]}'],
    ['a private key', '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}]}'],
  ]

  test.each(KEYS)('that publishes %s makes no token good', async (_name, text) => {
    const provider = await startIdentityProvider([signer])
    const { outcome } = checkedBy(provider, {}, { kind: 'url', url: provider.keysUrl })
    provider.misbehaviour = only(text)
    expect(await outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
  })

  test('is waited for once, together, and not again until the cooldown is over', async () => {
    const provider = await startIdentityProvider([signer])
    const patient = checkedBy(provider, { keysTimeoutMs: 300 })
    const hasty = checkedBy(provider, { keysTimeoutMs: 300, keysCooldownMs: 600 })
    provider.misbehaviour = hangs
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => patient.outcome(signer))))).toEqual(new Set(['IDENTITY_UNAVAILABLE']))
    expect(await patient.outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
    expect(patient.faults).toHaveLength(1)
    expect(await hasty.outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
    provider.misbehaviour = undefined
    await expect.poll(() => hasty.outcome(signer)).toBe('ok')
    expect(await patient.outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
  })

  test('goes on being trusted for what it said, and no call waits for it', async () => {
    const provider = await startIdentityProvider([signer])
    const { outcome, faults } = checkedBy(provider, { keysFreshMs: 0, keysCooldownMs: 0, keysTimeoutMs: 10_000 })
    expect(await outcome(signer)).toBe('ok')
    provider.misbehaviour = hangs
    const began = performance.now()
    for (let call = 0; call < 20; call += 1) expect(await outcome(signer)).toBe('ok')
    expect(performance.now() - began).toBeLessThan(5000)
    provider.misbehaviour = only('{"keys":[]}')
    expect(await outcome(signer)).toBe('ok')
    await expect.poll(() => faults.length).toBeGreaterThan(0)
    // What it did not say cannot be told true from false.
    expect(await outcome(next)).toBe('IDENTITY_UNAVAILABLE')
  })

  test('is not trusted for ever', async () => {
    const provider = await startIdentityProvider([signer])
    const { outcome } = checkedBy(provider, { keysFreshMs: 0, keysCooldownMs: 0, keysStaleMs: 200 })
    expect(await outcome(signer)).toBe('ok')
    provider.misbehaviour = refuses
    await expect.poll(() => outcome(signer)).toBe('IDENTITY_UNAVAILABLE')
    provider.misbehaviour = undefined
    expect(await outcome(signer)).toBe('ok')
  })
})
