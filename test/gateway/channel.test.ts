// The gateway in front of a gRPC server that is not ours: every kind of stream, errors, headers, conditions, raw bodies.
import { createServer, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelCall } from '../../src/gateway/channel-call.js'
import type { AnswerRecord } from '../../src/gateway/options.js'
import { serve } from './serve.js'
import type { Served } from './serve.js'
import { startUpstream } from './upstream.js'
import type { Upstream } from './upstream.js'

let upstream: Upstream
let client: Client
let served: Served
beforeAll(async () => {
  upstream = await startUpstream()
  client = new Client(upstream.address, credentials.createInsecure())
  served = await serve(channelCall(client), {
    responseHeaders: ['x-shelf', 'x-count'],
    streamPositions: { 'shop.v1.ShopService.Watch': { id: 'etag', resume: 'page_token' } },
    heartbeatMs: 50,
    cors: { origins: ['https://shop.example'] },
  })
})
afterAll(async () => {
  await served.close()
  client.close()
  upstream.close()
})

const items = (path: string, accept: string, more: Record<string, string> = {}): ReturnType<Served['ask']> =>
  served.ask(`/v1/shelves/${path}/items:watch`, { headers: { accept, ...more } })

describe('one answer', () => {
  test('headers, trailers and the routing header', async () => {
    const { headers, status } = await served.ask('/v1/shelves/1/items/2')
    expect([status, headers.get('x-shelf'), headers.get('x-count'), headers.get('etag')]).toEqual([200, '1', '2', '"7"'])
    expect(upstream.seen.metadata.get('x-goog-request-params')).toEqual(['name=shelves%2F1%2Fitems%2F2'])
  })

  test('the HTTP status that the server says', async () => {
    expect((await served.ask('/v1/shelves/1/items/new')).status).toBe(201)
  })

  test('the status with its details, known and unknown', async () => {
    const { status, json } = await served.ask('/v1/shelves/1/items/missing')
    expect(status).toBe(404)
    expect(json).toEqual({
      code: 5,
      message: 'No such item',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'GONE', domain: 'shop' },
        { typeUrl: 'example.com/odd.Type', value: 'AQI=' },
      ],
    })
  })

  test('a deadline cancels the call upstream', async () => {
    const { slow, cancelled } = upstream.seen
    // On a machine that stalls a call may be over before it is upstream.
    for (let ms = 50; upstream.seen.slow === slow; ms *= 2) {
      const { status } = await served.ask('/v1/shelves/1/items/slow', { headers: { 'grpc-timeout': `${ms}m` } })
      expect(status).toBe(504)
    }
    await expect.poll(() => upstream.seen.cancelled).toBe(cancelled + 1)
  })

  test('a caller who leaves cancels the call upstream', async () => {
    const { slow, cancelled } = upstream.seen
    const leave = new AbortController()
    const left = expect(fetch(`${served.url}/v1/shelves/1/items/slow`, { signal: leave.signal })).rejects.toThrow()
    await expect.poll(() => upstream.seen.slow).toBe(slow + 1)
    leave.abort()
    await left
    await expect.poll(() => upstream.seen.cancelled).toBe(cancelled + 1)
  })

  test('If-None-Match', async () => {
    for (const tag of ['"7"', 'W/"7"', '"6", "7"', '*']) {
      const { status, text, headers } = await served.ask('/v1/shelves/1/items/2', { headers: { 'if-none-match': tag } })
      expect([status, text, headers.get('etag')]).toEqual([304, '', '"7"'])
    }
    expect((await served.ask('/v1/shelves/1/items/2', { headers: { 'if-none-match': '"8"' } })).status).toBe(200)
  })

  test('If-Match goes into the request, or its body, or is refused', async () => {
    const move = await served.ask('/v1/shelves/1/items/2:move', {
      method: 'POST',
      body: '{"to":"x"}',
      headers: { 'if-match': '"9"', 'content-type': 'application/json' },
    })
    expect(move.json).toEqual({ name: 'x', etag: '"9"' })
    const patch = (tag: string, body: string) =>
      served.ask('/v1/shelves/1/items/2', { method: 'PATCH', body, headers: { 'if-match': tag, 'content-type': 'application/json' } })
    expect((await patch('"9"', '{"title":"t"}')).json).toEqual({ name: 'shelves/1/items/2', title: 't', etag: '"9"' })
    expect((await patch('"old"', '{"title":"t"}')).status).toBe(412)
    expect((await patch('"9"', '{"etag":"\\"8\\""}')).status).toBe(400)
    expect((await patch('"9", "8"', '{}')).status).toBe(400)
    expect((await served.ask('/v1/shelves/1/items/2', { method: 'DELETE', headers: { 'if-match': '"9"' } })).status).toBe(400)
    // Not passed over: whoever asks for it counts on nothing being replaced.
    const unlessThere = await served.ask('/v1/shelves/1/items/2', { method: 'PATCH', body: '{}', headers: { 'if-none-match': '*', 'content-type': 'application/json' } })
    expect([unlessThere.status, unlessThere.text]).toEqual([400, expect.stringContaining('CONDITION_NOT_SUPPORTED')])
  })

  test('an etag is bare inside of messages when the options say so', async () => {
    const bare = await serve(channelCall(client), { etags: 'bare' })
    const move = { method: 'POST', body: '{"to":"x"}', headers: { 'if-match': '"9"', 'content-type': 'application/json' } }
    const { json, headers } = await bare.ask('/v1/shelves/1/items/2:move', move)
    expect([json, headers.get('etag')]).toEqual([{ name: 'x', etag: '9' }, '"9"'])
    await bare.close()
  })

  for (const [accepts, encoding, decode] of [
    ['gzip', 'gzip', gunzipSync],
    ['gzip;q=0.5, br', 'br', brotliDecompressSync],
    ['identity', undefined, (bytes: Buffer) => bytes],
    ['gzip;q=0', undefined, (bytes: Buffer) => bytes],
  ] as const) {
    test(`Accept-Encoding: ${accepts}`, async () => {
      const { headers, body } = await raw('/v1/shelves/1/items/2', { 'accept-encoding': accepts })
      expect(headers['content-encoding']).toBe(encoding)
      expect(headers['vary']).toContain('accept-encoding')
      expect((JSON.parse(decode(body).toString()) as { title: string }).title).toHaveLength(3000)
    })
  }

  test('a compressed body, and one that is not what it says', async () => {
    const ask = (body: Uint8Array, encoding: string) =>
      served.ask('/v1/shelves/1/items/2:move', {
        method: 'POST',
        body: Buffer.from(body),
        headers: { 'content-encoding': encoding, 'content-type': 'application/json' },
      })
    expect((await ask(gzipSync('{"to":"x"}'), 'gzip')).json).toEqual({ name: 'x' })
    expect((await ask(Buffer.from('{"to":"x"}'), 'gzip')).status).toBe(400)
    expect((await ask(gzipSync('{"to":"x"}').subarray(0, 20), 'gzip')).status).toBe(400)
    expect((await ask(Buffer.from('{}'), 'zstd')).status).toBe(415)
    expect((await ask(gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)), 'gzip')).status).toBe(413)
  })

  test('raw bodies', async () => {
    const put = await raw('/v1/shelves/1/items/2/picture', { 'content-type': 'image/gif' }, { method: 'PUT', body: Buffer.from([1, 0, 255]) })
    expect([put.headers['content-type'], put.body]).toEqual(['image/gif', Buffer.from([1, 0, 255])])
    const get = await raw('/v1/shelves/1/items/2/picture', {})
    expect([get.headers['content-type'], get.body]).toEqual(['image/png', Buffer.from([0x89, 0x50, 0x00, 0xff])])
  })

  test('a raw body of any length goes up in parts, also one of nothing', async () => {
    const upload = (bytes: Buffer) => raw('/v1/shelves/1/items/2/picture:upload', { 'content-type': 'image/gif' }, { method: 'PUT', body: bytes })
    const large = await upload(Buffer.alloc(5_000_000))
    expect(JSON.parse(large.body.toString())).toEqual({ names: ['shelves/1/items/2 image/gif', '5000000'] })
    const nothing = await upload(Buffer.alloc(0))
    expect(JSON.parse(nothing.body.toString())).toEqual({ names: ['shelves/1/items/2 image/gif', '0'] })
  })

  test('pages of listed origins may read, others may not', async () => {
    const allowed = await raw('/v1/items/1', { origin: 'https://shop.example' })
    expect(allowed.headers['access-control-allow-origin']).toBe('https://shop.example')
    const other = await raw('/v1/items/1', { origin: 'https://evil.example' })
    expect(other.headers['access-control-allow-origin']).toBeUndefined()
    const preflight = await raw(
      '/v1/shelves/1/items/2',
      { origin: 'https://shop.example', 'access-control-request-method': 'PATCH' },
      { method: 'OPTIONS' },
    )
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH'])
  })
})

describe('a server that cannot be reached', () => {
  for (const [what, target] of [
    ['nobody listens', '127.0.0.1:1'],
    ['no such host', 'dns:///nowhere.invalid:1'],
    ['not gRPC', undefined],
  ] as const) {
    test(`${what}: the answer says so, and not where it is`, async () => {
      const other = createServer((_request, response) => response.end('hello'))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const lost = new Client(target ?? `127.0.0.1:${(other.address() as AddressInfo).port}`, credentials.createInsecure())
      const gateway = await serve(channelCall(lost), { defaultTimeoutMs: 3000 })
      const unary = await gateway.ask('/v1/items/1')
      const stream = await gateway.ask('/v1/shelves/1/items:watch')
      expect([unary.status, stream.status].every((code) => [500, 503, 504].includes(code))).toBe(true)
      expect(unary.text + stream.text).not.toMatch(/127\.0|nowhere|ECONN|ENOTFOUND|EAI_|addr|RST/)
      await gateway.close()
      lost.close()
      other.close()
    })
  }
})

describe('a stream of answers', () => {
  test('as events, with ids and an end', async () => {
    const { text, headers } = await items('1', 'text/event-stream')
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(text).toBe('id: r-a\ndata: {"name":"a","etag":"r-a"}\n\nid: "r\ndata: {"name":"b","etag":"\\"r\\n"}\n\nevent: end\ndata: {}\n\n')
  })

  test('an event client that comes back is taken where it was', async () => {
    await items('1', 'text/event-stream', { 'last-event-id': 'r-a' })
    expect(Buffer.from(served.calls.at(-1)!.request as Uint8Array).toString()).toContain('\x1a\x03r-a')
  })

  test('as lines, by default too', async () => {
    for (const accept of ['application/x-ndjson', 'application/jsonl', '*/*'])
      expect((await items('1', accept)).text).toBe('{"name":"a","etag":"r-a"}\n{"name":"b","etag":"\\"r\\n"}\n')
  })

  test('as an array', async () => {
    expect((await items('1', 'application/json')).text).toBe('[{"name":"a","etag":"r-a"},{"name":"b","etag":"\\"r\\n"}]')
    expect((await items('1', 'application/json;q=0.5, text/event-stream')).headers.get('content-type')).toBe('text/event-stream')
  })

  test('an error before the first answer has its own HTTP status', async () => {
    const { status, json } = await items('forbidden', 'text/event-stream')
    expect([status, json]).toEqual([403, { code: 7, message: 'Not yours', details: [] }])
  })

  for (const [accept, last] of [
    ['text/event-stream', /\nevent: error\ndata: \{"code":14,.*"reason":"GONE".*\n\n$/],
    ['application/x-ndjson', /\n\{"error":\{"code":14,.*\}\}\n$/],
    ['application/json', /,\{"error":\{"code":14,.*\}\}\]$/],
  ] as const) {
    test(`an error later is the last part of ${accept}, and a trailer`, async () => {
      const { status, body, trailers } = await raw('/v1/shelves/breaking/items:watch', { accept })
      expect(status).toBe(200)
      expect(body.toString()).toMatch(last)
      expect(trailers['grpc-status']).toBe('14')
    })
  }

  test('silence is kept alive, and leaving cancels the call upstream', async () => {
    const before = upstream.seen.cancelled
    const leave = new AbortController()
    const response = await fetch(`${served.url}/v1/shelves/silent/items:watch`, { headers: { accept: 'text/event-stream' }, signal: leave.signal })
    const reader = response.body!.getReader()
    const first = await reader.read()
    const second = await reader.read()
    expect([response.status, Buffer.from(first.value).toString(), Buffer.from(second.value).toString()]).toEqual([200, ':\n\n', ':\n\n'])
    leave.abort()
    await expect.poll(() => upstream.seen.cancelled).toBe(before + 1)
  })

  test('a deadline ends the stream', async () => {
    const { text } = await items('silent', 'text/event-stream', { 'grpc-timeout': '700m' })
    expect(text).toMatch(/event: error\ndata: \{"code":4,/)
  })

  test('a client that does not read stops the source', async () => {
    await new Promise<void>((resolve, reject) => {
      const asking = httpRequest(`${served.url}/v1/shelves/endless/items:watch`, (response) => {
        response.once('data', () => {
          response.pause()
          void settled().then((sent) => {
            asking.destroy()
            if (sent < 3000) resolve()
            else reject(new Error(`${sent} sent to a client that does not read`))
          })
        })
      })
      asking.on('error', () => undefined)
      asking.end()
    })
  })

  /** What has been sent once it stops growing. */
  async function settled(): Promise<number> {
    for (let before = -1; before !== upstream.seen.sent;) {
      before = upstream.seen.sent
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    return upstream.seen.sent
  }

  test('HEAD calls, for whether there is an answer is for the method to say, and then leaves', async () => {
    const head = async (shelf: string): Promise<number> => (await served.ask(`/v1/shelves/${shelf}/items:watch`, { method: 'HEAD' })).status
    const { cancelled } = upstream.seen
    expect([await head('forbidden'), await head('endless'), await head('silent')]).toEqual([403, 200, 200])
    await expect.poll(() => upstream.seen.cancelled).toBeGreaterThanOrEqual(cancelled + 2)
  })
})

describe('what is told of a call', () => {
  const records: AnswerRecord[] = []
  let told: Served
  beforeAll(async () => {
    told = await serve(channelCall(client), { onAnswer: (record) => records.push(record), stallTimeoutMs: 300 })
  })
  afterAll(() => told.close())
  const item = 'shop.v1.ShopService.GetItem'
  const watch = 'shop.v1.ShopService.Watch'
  const rows: readonly (readonly [path: string, record: Partial<AnswerRecord>])[] = [
    ['/v1/shelves/1/items/2', { method: item, template: '/v1/{name=shelves/*/items/*}', httpStatus: 200, code: 0 }],
    ['/v1/shelves/1/items/missing', { method: item, httpStatus: 404, code: 5 }],
    ['/v1/items/1?nope=1', { method: item, template: '/v1/items/{id}', httpStatus: 400, code: 3 }],
    ['/nope', { method: undefined, template: undefined, httpStatus: 404, code: 5 }],
    ['/v1/shelves/1/items:watch', { method: watch, httpStatus: 200, code: 0 }],
    ['/v1/shelves/breaking/items:watch', { method: watch, httpStatus: 200, code: 14 }],
  ]
  for (const [path, record] of rows) {
    test(path, async () => {
      records.length = 0
      await told.ask(path)
      await expect.poll(() => records).toEqual([expect.objectContaining(record)])
      expect(performance.now() - records[0]!.began).toBeGreaterThan(0)
    })
  }

  test('a client that never reads is cut off, and the call with it', async () => {
    records.length = 0
    const before = upstream.seen.cancelled
    const socket = connect(Number(new URL(told.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write('GET /v1/shelves/endless/items:watch HTTP/1.1\r\nhost: h\r\n\r\n')
    await expect.poll(() => upstream.seen.cancelled, { timeout: 5000 }).toBe(before + 1)
    await expect.poll(() => records).toEqual([expect.objectContaining({ method: watch, code: 1 })])
    socket.destroy()
  })
})

describe('a stream of requests', () => {
  const lines = '{"parent":"a","item":{"title":"1"}}\n\n{"parent":"b","item":{"title":"2"}}\r\n{"parent":"c","item":{"title":"3"}}'
  const post = (path: string, body: string, type = 'application/x-ndjson'): ReturnType<Served['ask']> =>
    served.ask(path, { method: 'POST', body, headers: { 'content-type': type } })

  test('one answer to many lines', async () => {
    expect((await post('/v1/items:import', lines)).json).toEqual({ names: ['a/1', 'b/2', 'c/3'] })
    expect((await post('/v1/items:import', '')).json).toEqual({})
  })

  test('a broken line is named, and ends the call', async () => {
    const { status, json } = await post('/v1/items:import', '{"parent":"a","item":{}}\n{"item":{"title":5}}\n')
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining('"field":"item.title"')])
    expect((await post('/v1/items:import', `{"parent":"${'x'.repeat(400_000)}`)).status).toBe(413)
    expect((await post('/v1/items:import', lines, 'text/csv')).status).toBe(415)
  })

  test('answers while requests go on', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const asking = httpRequest(
        `${served.url}/v1/items:chat`,
        { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } },
        (response) => {
          let all = ''
          response.on('data', (chunk: Buffer) => {
            all += chunk.toString()
            if (all === '{"title":"re: 1"}\n') asking.end('{"item":{"title":"2"}}\n')
          })
          response.on('end', () => resolve(all))
        },
      )
      asking.on('error', reject)
      asking.write('{"item":{"title":"1"}}\n')
    })
    expect(text).toBe('{"title":"re: 1"}\n{"title":"re: 2"}\n')
  })
})

interface RawAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  trailers: Record<string, string | undefined>
  body: Buffer
}

/** Asks without fetch, which decompresses and hides trailers. */
function raw(path: string, headers: Record<string, string>, { method = 'GET', body }: { method?: string; body?: Buffer } = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest(served.url + path, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, trailers: response.trailers, body: Buffer.concat(chunks) }),
      )
    })
    asking.on('error', reject)
    asking.end(body)
  })
}
