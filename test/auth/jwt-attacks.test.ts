// Tokens that attackers send (RFC 8725 and beyond), through the doors of a real server: all refused in the same words. Next to
// them stand tokens that differ in nothing else, and pass.
import { createHmac, createPublicKey, createSign } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import { exportPKCS8, importPKCS8 } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ListTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { rawCall } from '../support/raw-grpc.js'
import { exchange, head } from '../support/raw-http1.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { AUDIENCE, goodClaims, ISSUER, keyFileVariables, newSigner, sign, type Signer } from '../support/tokens.js'

const directory = suiteDirectory()
let server: ServerProcess
let rsa: Signer
let ec: Signer
let stranger: Signer
let encryption: Signer
let publicPem: string

beforeAll(async () => {
  rsa = await newSigner('rsa', 'RS256')
  ec = await newSigner('ec', 'ES256')
  stranger = await newSigner('ec', 'ES256')
  const forEncryption = await newSigner('enc', 'ES256')
  encryption = { ...forEncryption, jwk: { ...forEncryption.jwk, use: 'enc' } }
  publicPem = createPublicKey(await exportPKCS8(rsa.privateKey)).export({ type: 'spki', format: 'pem' }).toString()
  server = await startServer(directory(), { env: keyFileVariables(directory(), [rsa, ec, encryption]) })
})

afterAll(async () => {
  // A refusal is no fault of the server.
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

const now = (): number => Math.floor(Date.now() / 1000)
const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token of any text, properly signed. */
function signText(header: string, claims: string): Promise<string> {
  return signParts(`${base64(header)}.${base64(claims)}`)
}

async function signParts(content: string): Promise<string> {
  const signature = createSign('sha256').update(content).sign({ key: await exportPKCS8(ec.privateKey), dsaEncoding: 'ieee-p1363' })
  return `${content}.${signature.toString('base64url')}`
}

const HEADER = { alg: 'ES256', kid: 'ec', typ: 'at+jwt' }

interface Answer {
  readonly status: number
  readonly challenge: string | null
  readonly body: unknown
}

async function rest(authorization: string | undefined): Promise<Answer> {
  const response = await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { headers: authorization === undefined ? {} : { authorization } })
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() }
}

/** The number of the status that a call over gRPC ends with. */
async function grpc(authorization: string): Promise<number> {
  const request = ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId: 'vdc-1' })).finish()
  const metadata = new Metadata()
  metadata.set('authorization', authorization)
  try {
    await rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', request, { metadata })
    return 0
  } catch (error) {
    return (error as { code: number }).code
  }
}

const REFUSED = {
  status: 401,
  challenge: 'Bearer',
  body: {
    code: 16,
    message: 'Expected credentials that are accepted here: a bearer token or a client certificate',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'NOT_AUTHENTICATED', domain: 'taskplane' }],
  },
}

const ATTACKS: readonly (readonly [name: string, make: () => Promise<string> | string])[] = [
  ['alg none', () => `${base64({ ...HEADER, alg: 'none' })}.${base64(goodClaims())}.`],
  ['alg nOnE', () => `${base64({ ...HEADER, alg: 'nOnE' })}.${base64(goodClaims())}.`],
  ['no signature', async () => `${(await sign(ec)).split('.').slice(0, 2).join('.')}.`],
  ['HS256 with the public key as the secret', () => {
    const content = `${base64({ alg: 'HS256', kid: 'rsa', typ: 'at+jwt' })}.${base64(goodClaims())}`
    return `${content}.${createHmac('sha256', publicPem).update(content).digest('base64url')}`
  }],
  ['an algorithm that was not asked for', async () => {
    const key = await importPKCS8(await exportPKCS8(rsa.privateKey), 'RS512')
    return sign({ ...rsa, privateKey: key, alg: 'RS512' })
  }],
  ['the key of a stranger under a known id', () => sign(stranger)],
  ['the key of a stranger in the header', () => sign(stranger, {}, { jwk: stranger.jwk })],
  ['the address of other keys in the header', () => sign(stranger, {}, { jku: 'https://evil.example.com/keys' })],
  ['a certificate in the header', () => sign(stranger, {}, { x5c: ['MIIB'] })],
  ['a key for encryption', () => sign(encryption)],
  ['a kid that is a path', () => sign(stranger, {}, { kid: '../../../../dev/null' })],
  ['a kid that is SQL', () => sign(stranger, {}, { kid: "ec' UNION SELECT 'x" })],
  ['a kid that is no text', () => sign(stranger, {}, { kid: 7 })],
  ['no kid where there are many keys of a kind', () => sign(stranger, {}, { kid: undefined })],
  ['an unknown critical header', () => signText(JSON.stringify({ ...HEADER, crit: ['exp2'], exp2: 1 }), JSON.stringify(goodClaims()))],
  ['an unencoded payload', () => signText(JSON.stringify({ ...HEADER, crit: ['b64'], b64: false }), JSON.stringify(goodClaims()))],
  // Clocks may differ by skewMs, a token lives for lifeMs.
  ['exp in the past', () => sign(ec, { iat: now() - 600, exp: now() - 31 })],
  ['no exp', () => sign(ec, { exp: undefined })],
  ['exp at the end of time', () => sign(ec, { exp: 1e300 })],
  ['exp as text', () => sign(ec, { exp: String(now() + 600) })],
  ['a life of more than a day', () => sign(ec, { exp: now() + 24 * 3600 + 1 })],
  ['iat more than a day ago', () => sign(ec, { iat: now() - 24 * 3600 - 60, exp: now() + 60 })],
  ['iat in the future', () => sign(ec, { iat: now() + 60, exp: now() + 600 })],
  ['no iat', () => sign(ec, { iat: undefined })],
  ['iat as text', () => sign(ec, { iat: 'today' })],
  ['nbf in the future', () => sign(ec, { nbf: now() + 60 })],
  ['nbf as text', () => sign(ec, { nbf: 'tomorrow' })],
  ['an aud that contains ours', () => sign(ec, { aud: `${AUDIENCE}-dev` })],
  ['a part of our aud', () => sign(ec, { aud: AUDIENCE.slice(0, 4) })],
  ['a list of others as aud', () => sign(ec, { aud: ['other', `${AUDIENCE}/`] })],
  ['an object as aud', () => sign(ec, { aud: { 0: AUDIENCE } })],
  ['no aud', () => sign(ec, { aud: undefined })],
  ['another iss', () => sign(ec, { iss: `${ISSUER}/` })],
  ['a list as iss', () => sign(ec, { iss: [ISSUER] })],
  ['no iss', () => sign(ec, { iss: undefined })],
  ['no sub', () => sign(ec, { sub: undefined })],
  ['an empty sub', () => sign(ec, { sub: '' })],
  ['a sub that is no text', () => sign(ec, { sub: { toString: 'alice' } })],
  ['a sub that is too long', () => sign(ec, { sub: 'a'.repeat(257) })],
  ['another typ', () => sign(ec, {}, { typ: 'dpop+jwt' })],
  ['a typ that is no text', () => signText(JSON.stringify({ ...HEADER, typ: ['at+jwt'] }), JSON.stringify(goodClaims()))],
  ['no typ', () => sign(ec, {}, { typ: undefined })],
  ['a claim given twice', () => signText(JSON.stringify(HEADER), JSON.stringify(goodClaims()).replace('{', '{"sub":"mallory",'))],
  ['a nested claim given twice', () => signText(JSON.stringify(HEADER), JSON.stringify(goodClaims()).replace('{', '{"realm":{"roles":[],"roles":["admin"]},'))],
  ['a header given twice', () => signText(JSON.stringify(HEADER).replace('{', '{"alg":"none",'), JSON.stringify(goodClaims()))],
  ['a claim named __proto__', () => signText(JSON.stringify(HEADER), JSON.stringify(goodClaims()).replace('{', '{"__proto__":{"sub":"root"},'))],
  ['claims that are a list', () => signText(JSON.stringify(HEADER), '[]')],
  ['claims that are no JSON', () => signText(JSON.stringify(HEADER), '{')],
  ['claims nested too deeply', () => signText(JSON.stringify(HEADER), `{"a":${'['.repeat(200)}${']'.repeat(200)}}`)],
  ['claims of another token', async () => {
    const [header, , signature] = (await sign(ec)).split('.')
    return `${header ?? ''}.${base64(goodClaims({ sub: 'root' }))}.${signature ?? ''}`
  }],
  ['five parts', () => `${base64({ alg: 'dir', enc: 'A128GCM' })}..${base64('iv')}.${base64('text')}.${base64('tag')}`],
  ['one part', () => 'opaque'],
  ['a token over 8 KiB', () => sign(ec, { filler: 'x'.repeat(8 * 1024) })],
]

describe('refused, and nobody is told why', () => {
  test.each(ATTACKS)('%s', async (_name, make) => {
    const token = await make()
    expect(await rest(`Bearer ${token}`)).toEqual(REFUSED)
    expect(await grpc(`Bearer ${token}`)).toBe(16)
  })

  test('no credentials at all', async () => expect(await rest(undefined)).toEqual(REFUSED))

  test.each(['Basic YWxpY2U6cGFzcw==', 'Bearer', 'Bearer ', 'Token TOKEN', 'TOKEN', 'Bearer TOKEN extra', 'Bearer TOKEN, Bearer TOKEN', 'Bearer "TOKEN"'])(
    'Authorization: %s',
    async (form) => expect(await rest(form.replaceAll('TOKEN', await sign(ec)))).toEqual(REFUSED),
  )

  test('a good token in a header that stands for metadata', async () => {
    const headers = { 'grpc-metadata-authorization': `Bearer ${await sign(ec)}` }
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { headers })).status).toBe(401)
  })

  test('a good token in the address', async () => {
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks?access_token=${await sign(ec)}`)).status).not.toBe(200)
  })

  test('a token of 1 MB', async () => {
    const answer = await exchange(server.addresses.http, head('GET /openshift/v1/vdc-1/tasks', `Authorization: Bearer ${'x'.repeat(1_000_000)}`))
    expect(answer).toMatch(/^HTTP\/1.1 431 /)
  })

  test.each([
    ['good and bad', ['GOOD', 'bad']],
    ['bad and good', ['bad', 'GOOD']],
    ['good twice', ['GOOD', 'GOOD']],
  ])('two Authorization headers, %s', async (_name, tokens) => {
    const good = await sign(ec)
    const headers = tokens.map((token) => `Authorization: Bearer ${token === 'GOOD' ? good : token}`)
    expect(await exchange(server.addresses.http, head('GET /openshift/v1/vdc-1/tasks', ...headers))).toMatch(/^HTTP\/1.1 401 /)
  })
})

const GOOD: readonly (readonly [name: string, make: () => Promise<string>])[] = [
  ['ES256', () => sign(ec)],
  ['RS256', () => sign(rsa)],
  ['typ JWT', () => sign(ec, {}, { typ: 'JWT' })],
  ['typ application/at+jwt', () => sign(ec, {}, { typ: 'application/at+jwt' })],
  ['exp just past, within what clocks may differ', () => sign(ec, { iat: now() - 600, exp: now() - 20 })],
  ['iat in the future, within what clocks may differ', () => sign(ec, { iat: now() + 20 })],
  ['nbf past', () => sign(ec, { nbf: now() - 1 })],
  ['a life of a day', () => sign(ec, { exp: now() + 24 * 3600 })],
  ['a list of auds with ours', () => sign(ec, { aud: ['other', AUDIENCE] })],
  ['a sub of 256 bytes', () => sign(ec, { sub: 'a'.repeat(256) })],
  ['claims of names that JavaScript knows', () => sign(ec, { constructor: 'x', toString: 'y' })],
  ['any text, as the vectors above are made', () => signText(JSON.stringify(HEADER), JSON.stringify(goodClaims()))],
]

describe('accepted', () => {
  test.each(GOOD)('%s', async (_name, make) => {
    const token = await make()
    expect(await rest(`Bearer ${token}`)).toMatchObject({ status: 200 })
    expect(await grpc(`Bearer ${token}`)).toBe(0)
  })

  test.each(['Bearer TOKEN', 'bearer TOKEN', 'BEARER TOKEN', 'Bearer  TOKEN'])('Authorization: %s', async (form) => {
    expect(await rest(form.replace('TOKEN', await sign(ec)))).toMatchObject({ status: 200 })
  })

  test('a token just under 8 KiB', async () => {
    const token = await sign(ec, { filler: 'x'.repeat(5800) })
    expect(token.length).toBeGreaterThan(8000)
    expect(await rest(`Bearer ${token}`)).toMatchObject({ status: 200 })
    expect(await grpc(`Bearer ${token}`)).toBe(0)
  })
})
