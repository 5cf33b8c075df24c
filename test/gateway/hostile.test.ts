// What a hostile caller can send over a raw socket: the answer is a status in JSON, nothing of another resource, and the
// process goes on with the memory it had.
import { createServer as createHttp2Server } from 'node:http2'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import express from 'express'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway } from '../../src/gateway/gateway.js'
import type { GatewayHandler } from '../../src/gateway/gateway.js'
import type { Call } from '../../src/gateway/options.js'
import { testDescriptors } from './schema.js'
import { serve } from './serve.js'
import type { Served } from './serve.js'

const empty: Call = (method) =>
  Promise.resolve({
    message:
      method.methodKind === 'unary' || method.methodKind === 'client_streaming'
        ? new Uint8Array()
        : (async function* () {
            yield await Promise.resolve(new Uint8Array())
          })(),
  })

let served: Served
const internal: unknown[] = []
beforeAll(async () => {
  served = await serve(empty, { onError: (error) => internal.push(error) })
})
afterAll(() => served.close())

/** Sends bytes as they are; answers what comes until the connection closes or a whole answer is there. */
function send(...parts: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    let answer = ''
    const finish = (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(5000, () => reject(new Error(`no answer to ${String(parts[0]).slice(0, 60)}`)))
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      if (length !== undefined && body.length >= Number(length)) finish()
    })
    socket.on('close', finish)
    socket.on('error', finish)
    for (const part of parts) socket.write(part)
  })
}

const head = (line: string, ...headers: string[]): string => `${[`${line} HTTP/1.1`, 'host: h', ...headers].join('\r\n')}\r\n\r\n`
const json = ['content-type: application/json']

describe('bodies', () => {
  // A gzip header, and then stored blocks of length 0.
  const idle = Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(500_000, Buffer.from([0, 0, 0, 0xff, 0xff]))])
  const bomb = Buffer.alloc(64 * 1024 * 1024, 0x20)
  const rows: readonly (readonly [what: string, parts: () => (string | Uint8Array)[], answer: RegExp])[] = [
    [
      'one byte over the limit',
      () => [head('POST /v1/echo', ...json, 'content-length: 393217'), 'x'.repeat(393_217)],
      /^HTTP\/1.1 413 [^]*"reason":"BODY_TOO_LARGE"/,
    ],
    ['a length that is over the limit, without a body', () => [head('POST /v1/echo', ...json, 'content-length: 99999999999')], /^HTTP\/1.1 413 /],
    [
      'chunks without end',
      () => [head('POST /v1/echo', ...json, 'transfer-encoding: chunked'), ...Array.from({ length: 7 }, () => `10000\r\n${'x'.repeat(65_536)}\r\n`)],
      /^HTTP\/1.1 413 /,
    ],
    [
      'a gzip bomb',
      () => [head('POST /v1/echo', ...json, 'content-encoding: gzip', `content-length: ${gzipSync(bomb).length}`), gzipSync(bomb)],
      /^HTTP\/1.1 413 /,
    ],
    [
      'a brotli bomb',
      () => [head('POST /v1/echo', ...json, 'content-encoding: br', `content-length: ${brotliCompressSync(bomb).length}`), brotliCompressSync(bomb)],
      /^HTTP\/1.1 413 /,
    ],
    [
      'gzip without end and without a byte',
      () => [
        head('POST /v1/echo', ...json, 'content-encoding: gzip', 'transfer-encoding: chunked'),
        ...Array.from({ length: 7 }, (_, i) =>
          Buffer.concat([Buffer.from('10000\r\n'), idle.subarray(i * 65_536, (i + 1) * 65_536), Buffer.from('\r\n')]),
        ),
      ],
      /^HTTP\/1.1 413 /,
    ],
    [
      '100,000 arrays inside each other',
      () => [head('POST /v1/echo', ...json, 'content-length: 100000'), '['.repeat(100_000)],
      /^HTTP\/1.1 400 [^]*JSON_TOO_DEEP/,
    ],
    [
      'duplicate keys',
      () => [head('POST /v1/echo', ...json, 'content-length: 29'), '{"fBool":true,"f_bool":false}'],
      /^HTTP\/1.1 400 [^]*given more than once/,
    ],
    [
      'another charset',
      () => [head('POST /v1/echo', 'content-type: application/json; charset=utf-16', 'content-length: 2'), '{}'],
      /^HTTP\/1.1 415 /,
    ],
    ['text/plain', () => [head('POST /v1/echo', 'content-type: text/plain', 'content-length: 2'), '{}'], /^HTTP\/1.1 415 /],
    ['a form', () => [head('POST /v1/echo', 'content-type: application/x-www-form-urlencoded', 'content-length: 2'), '{}'], /^HTTP\/1.1 415 /],
    [
      'bytes that are not UTF-8',
      () => [head('POST /v1/echo', ...json, 'content-length: 2'), Buffer.from([0xff, 0xfe])],
      /^HTTP\/1.1 400 [^]*MALFORMED_JSON/,
    ],
    [
      'a million digits',
      () => [head('POST /v1/echo', ...json, 'content-length: 300012'), `{"fInt64":${'9'.repeat(300_000)} }`],
      /^HTTP\/1.1 400 [^]*INVALID_FIELD/,
    ],
  ]
  for (const [what, parts, answer] of rows) {
    test(what, async () => {
      const sent = parts()
      const before = process.memoryUsage().rss
      expect(await send(...sent)).toMatch(answer)
      // The bomb itself is 64 MiB; what is read of it is not.
      expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024)
    })
  }
})

test('a stream over HTTP/1.0, which has no chunks and no trailers', async () => {
  expect(await send('GET /v1/shelves/1/items:watch HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\n\{\}\n$/)
})

test('a refusal keeps the connection, unless a body is left unread', async () => {
  expect(await send(head('GET /nope'))).toMatch(/^HTTP\/1.1 404 [^]*connection: keep-alive/i)
  expect(await send(head('POST /nope', 'content-length: 5'), 'ab')).toMatch(/^HTTP\/1.1 404 [^]*connection: close/i)
})

test('a parameter reaches 20 fields deep and no deeper', async () => {
  const statusOf = async (depth: number): Promise<number> => (await served.ask(`/v1/echo?${'fWide.'.repeat(depth - 1)}fBool=true`)).status
  expect([await statusOf(20), await statusOf(21), await statusOf(1300)]).toEqual([200, 400, 400])
})

describe('limits are met exactly', () => {
  const ask = async (path: string, body?: string): Promise<number> =>
    (await served.ask(path, body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status
  const sized = (bytes: number): string => `{"fString":"${'x'.repeat(bytes - 14)}"}`
  const nested = (depth: number): string => `{"wValue":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  const rows: readonly (readonly [what: string, status: () => Promise<number>, expected: number])[] = [
    ['a body of 393,216 bytes', () => ask('/v1/echo', sized(393_216)), 200],
    ['a body of 393,217 bytes', () => ask('/v1/echo', sized(393_217)), 413],
    ['a URL of 8,192 bytes', () => ask(`/v1/items/${'x'.repeat(8192 - 10)}`), 200],
    ['a URL of 8,193 bytes', () => ask(`/v1/items/${'x'.repeat(8193 - 10)}`), 414],
    ['JSON 20 deep', () => ask('/v1/echo', nested(20)), 200],
    ['JSON 21 deep', () => ask('/v1/echo', nested(21)), 400],
  ]
  for (const [what, status, expected] of rows) test(what, async () => expect(await status()).toBe(expected))
})

describe('smuggling and paths', () => {
  const rows: readonly (readonly [what: string, request: string, answer: RegExp])[] = [
    ['length and chunks', head('POST /v1/echo', ...json, 'content-length: 2', 'transfer-encoding: chunked') + '0\r\n\r\n', /^HTTP\/1.1 400 /],
    ['two lengths', head('POST /v1/echo', ...json, 'content-length: 2', 'content-length: 3') + '{}', /^HTTP\/1.1 400 /],
    ['an unknown transfer coding', head('POST /v1/echo', ...json, 'transfer-encoding: xchunked') + '{}', /^HTTP\/1.1 (400|501) /],
    ['a bare line feed', 'GET /v1/items/1 HTTP/1.1\nhost: h\n\n', /^(HTTP\/1.1 400 |$)/],
    ['folded headers', head('GET /v1/items/1', 'x-a: 1\r\n 2'), /^HTTP\/1.1 (400|200) /],
    ['absolute form', head('GET http://other/v1/items/1', 'connection: close'), /^HTTP\/1.1 404 [^]*UNKNOWN_PATH/],
    ['dot segments', head('GET /v1/items/../../etc', 'connection: close'), /^HTTP\/1.1 404 /],
    ['encoded dot segments', head('GET /v1/items/%2e%2e', 'connection: close'), /^HTTP\/1.1 404 /],
    ['double slashes', head('GET //v1/items/1', 'connection: close'), /^HTTP\/1.1 404 /],
    ['a trailing slash', head('GET /v1/items/1/', 'connection: close'), /^HTTP\/1.1 404 /],
    ['upper case', head('GET /V1/ITEMS/1', 'connection: close'), /^HTTP\/1.1 404 /],
    ['bytes over ASCII', 'GET /v1/items/\u00ff HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n', /^HTTP\/1.1 400 /],
    ['overlong UTF-8', head('GET /v1/items/%c0%ae', 'connection: close'), /^HTTP\/1.1 400 [^]*MALFORMED_PATH/],
    ['OPTIONS *', head('OPTIONS *', 'connection: close'), /^HTTP\/1.1 404 /],
  ]
  for (const [what, request, answer] of rows) test(what, async () => expect(await send(request)).toMatch(answer))

  for (const [path, id] of [
    ['%252e', '%2e'],
    ['a;x', 'a;x'],
    ['%00', '\u0000'],
    ['a%2Fb', 'a/b'],
    ['__proto__', '__proto__'],
    ['a%0d%0ax-evil:%201', 'a\r\nx-evil: 1'],
  ] as const) {
    test(`${path} is one id, decoded once`, async () => {
      await served.ask(`/v1/items/${path}`)
      expect(
        Buffer.from(served.calls.at(-1)!.request as Uint8Array)
          .subarray(2)
          .toString(),
      ).toBe(id)
    })
  }
})

describe('keys that objects have anyway', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
    test(key, async () => {
      const body = `{"mString":{"${key}":"x"},"wStruct":{"${key}":{"polluted":true}}}`
      await served.ask('/v1/echo', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      expect(Buffer.from(served.calls.at(-1)!.request as Uint8Array).toString()).toContain(key)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    })
  }
})

test('no request makes the gateway answer "Internal error"', async () => {
  const piece = fc.constantFrom('v1', 'items', 'shelves', '1', '%2F', '%', ':move', ':watch', '..', '', 'echo', 'a%20b', '\u00e9', '{x}', '**')
  const name = fc.constantFrom(
    'fInt32',
    'fWide.fBool',
    'rString',
    'wTimestamp',
    'wMask',
    'mString.a',
    'cString',
    '__proto__',
    'name',
    'pageSize',
    'fWide',
    '$alt',
    'f_wide.f_wide.f_wide.f_bytes',
  )
  const value = fc.oneof(fc.string(), fc.constantFrom('1', 'true', 'a,b', '2024-01-01T00:00:00Z', 'AA==', '-1'))
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'),
    path: fc.array(piece, { maxLength: 6 }),
    query: fc.array(fc.tuple(name, value), { maxLength: 3 }),
    body: fc.option(
      fc.oneof(fc.json(), fc.string(), fc.constantFrom('{}', '{"title":"x"}', '[{}]', '{"fWide":{"wAny":{"@type":"a/wide.v1.Wide"}}}')),
      { nil: undefined },
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        'accept',
        'if-match',
        'if-none-match',
        'grpc-timeout',
        'content-type',
        'last-event-id',
        'accept-encoding',
        'grpc-metadata-a-bin',
        'content-encoding',
      ),
      fc.constantFrom('*', '"a"', '1H', 'application/json', 'text/event-stream', 'gzip, br', 'AA==', 'x'),
    ),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, body, headers }) => {
      const url = `/${path.join('/')}?${query.map(([key, text]) => `${key}=${encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''))}`).join('&')}`
      const hasBody = body !== undefined && !['GET', 'HEAD'].includes(method)
      const asked = await served.ask(url, { method, headers, ...(hasBody ? { body: Buffer.from(body) } : {}) })
      expect([asked.status < 500, internal]).toEqual([true, []])
    }),
    { numRuns: 1500 },
  )
})

describe('where a gateway can be mounted', () => {
  const handler = (): GatewayHandler => createGateway({ descriptors: testDescriptors, services: ['shop.v1.ShopService'], call: empty })

  test('express, under a path, with what follows it', async () => {
    const app = express()
    app.use('/api', handler())
    app.use((_request, response) => void response.status(418).end())
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const statuses = await Promise.all(['/api/v1/items/1', '/api/v1/nope', '/v1/items/1'].map(async (path) => (await fetch(url + path)).status))
    expect([...statuses, (await fetch(`${url}/api/v1/items/1`, { method: 'POST' })).status]).toEqual([200, 418, 418, 405])
    server.close()
  })

  test('http2, answers and streams', async () => {
    const server = createHttp2Server(handler())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ask = (headers: Record<string, string>, body?: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers)
        let text = ''
        stream.on('response', (answer) => (text += String(answer[':status'])))
        stream.on('data', (chunk: Buffer) => (text += ` ${chunk.toString()}`))
        stream.on('end', () => resolve(text))
        stream.on('error', reject)
        stream.end(body)
      })
    expect(await ask({ ':path': '/v1/items/1' })).toBe('200 {}')
    expect(await ask({ ':path': '/v1/shelves/1/items:watch' })).toBe('200 {}\n')
    expect(await ask({ ':path': '/v1/echo', ':method': 'POST', 'content-type': 'application/json' }, '{"fBool":1}')).toMatch(/^400 .*f_bool/)
    expect(await ask({ ':path': '/v1/nope' })).toMatch(/^404 .*UNKNOWN_PATH/)
    session.close()
    server.close()
  })
})
