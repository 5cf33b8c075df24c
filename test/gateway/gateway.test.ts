// The gateway end to end over node:http: every rule of the shop schema, and every way to ask it wrongly.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Code } from '../../gen/google/rpc/code.js'
import { StatusError } from '../../src/base/status-error.js'
import { ProtoJson } from '../../src/base/proto-json/proto-json.js'
import { typeSource } from '../../src/base/proto-json/type-source.js'
import type { Call } from '../../src/gateway/options.js'
import { testSchema } from './schema.js'
import { serve } from './serve.js'
import type { Served } from './serve.js'

const json = new ProtoJson(typeSource(testSchema), { maxDepth: 100 })
const encoder = new TextEncoder()

/** Answers each method with what its request says, as the answer's own type allows. */
const echo: Call = (method, request, { signal }) => {
  if (!(request instanceof Uint8Array)) return Promise.reject(new Error('no streams here'))
  const asked = JSON.parse(json.print(method.input, request)) as Record<string, unknown>
  if (asked['name'] === 'shelves/1/items/missing') return Promise.reject(new StatusError(Code.NOT_FOUND, 'No such item'))
  if (asked['name'] === 'shelves/1/items/locked') return Promise.reject(new StatusError(Code.UNAUTHENTICATED, 'Who are you?'))
  if (asked['name'] === 'shelves/1/items/plain') return Promise.reject(Object.assign(new Error('Try later'), { code: 14 }))
  if (asked['name'] === 'shelves/1/items/bug') return Promise.reject(new TypeError('/secret/path of a stack'))
  if (asked['name'] === 'shelves/1/items/slow') return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))))
  const answers: Record<string, unknown> = {
    Echo: asked,
    ListItems: { items: [{ name: asked['parent'] }], names: ['a', 'b'] },
    CreateItem: asked['item'] ?? {},
    UpdateItem: { ...(asked['item'] as object), tags: [asked['updateMask']] },
    DeleteItem: {},
    MoveItem: { name: asked['name'], title: asked['to'] },
    GetItem: { name: asked['name'] ?? asked['id'], price: '9007199254740993' },
  }
  const answer = json.parse(method.output, JSON.stringify(answers[method.name]))
  return Promise.resolve({ message: answer, headers: { 'x-shelf': ['1'], 'x-secret': ['2'] }, trailers: { 'x-count': ['3'] } })
}

let served: Served
beforeAll(async () => {
  served = await serve(echo, { errorDomain: 'shop.example', responseHeaders: ['x-shelf', 'x-count'], maxBodyBytes: 1000 })
})
afterAll(() => served.close())

const post = (body: string, type = 'application/json', method = 'POST'): RequestInit => ({ method, body, headers: { 'content-type': type } })

describe('good requests', () => {
  const rows: readonly [method: string, path: string, body: string | undefined, answer: unknown][] = [
    ['GET', '/v1/shelves/1/items/2', undefined, { name: 'shelves/1/items/2', price: '9007199254740993' }],
    ['GET', '/v1/items/a:b', undefined, { name: 'a:b', price: '9007199254740993' }],
    ['GET', '/v1/items/a%2Fb', undefined, { name: 'a/b', price: '9007199254740993' }],
    ['GET', '/v1/items/%D0%B6', undefined, { name: 'ж', price: '9007199254740993' }],
    ['GET', '/v1/everything/a/b%2Fc/d%20e', undefined, { name: 'a/b%2Fc/d e', price: '9007199254740993' }],
    ['GET', '/v1/shelves/1/items', undefined, { items: [{ name: 'shelves/1' }], names: ['a', 'b'] }],
    ['GET', '/v1/shelves/1/items:names', undefined, ['a', 'b']],
    ['POST', '/v1/shelves/1/items', '{"title":"x","price":"7"}', { title: 'x', price: '7' }],
    ['POST', '/v1/shelves/1/items?requestId=1', undefined, {}],
    [
      'PATCH',
      '/v1/shelves/1/items/2',
      '{"title":"x","size":{"width":1},"price":0,"etag":"1"}',
      { name: 'shelves/1/items/2', title: 'x', size: { width: 1 }, etag: '1', tags: ['title,size.width,price'] },
    ],
    [
      'PATCH',
      '/v1/shelves/1/items/2?update_mask=title',
      '{"title":"x","price":"3"}',
      { name: 'shelves/1/items/2', title: 'x', price: '3', tags: ['title'] },
    ],
    [
      'PATCH',
      '/v1/shelves/1/items/2?updateMask=size.width,sold_at',
      '{"name":"shelves/1/items/2"}',
      { name: 'shelves/1/items/2', tags: ['size.width,soldAt'] },
    ],
    ['DELETE', '/v1/shelves/1/items/2', undefined, {}],
    ['POST', '/v1/shelves/1/items/2:move', '{"to":"shelves/3"}', { name: 'shelves/1/items/2', title: 'shelves/3' }],
    ['REPORT', '/v1/echo?fString=1', undefined, { fString: '1' }],
    ['PURGE', '/v1/any-method', undefined, {}],
    ['GET', '/v1/echo/9007199254740993/true/GREEN', undefined, { fInt64: '9007199254740993', fBool: true, fColor: 'GREEN' }],
    ['POST', '/v1/echo/x:list', '[{"fBool":true},{}]', [{ fBool: true }, {}]],
  ]
  for (const [method, path, body, answer] of rows) {
    test(`${method} ${path} ${body ?? ''}`, async () => {
      const asked = await served.ask(path, body === undefined ? { method } : post(body, 'application/json', method))
      expect(asked.json).toEqual(answer)
      expect(asked.status).toBe(200)
      expect(asked.headers.get('content-type')).toBe('application/json')
    })
  }

  test('headers on the list come back, others do not', async () => {
    const { headers } = await served.ask('/v1/items/1')
    expect([headers.get('x-shelf'), headers.get('x-count'), headers.get('x-secret')]).toEqual(['1', '3', null])
  })

  test.each([
    ['200', 200],
    ['201', 201],
    ['202', 202],
    ['203', 203],
    ['204', 200],
    ['304', 200],
    ['404', 200],
    ['20', 200],
    ['2020', 200],
    ['accepted', 200],
  ])('x-http-code %s is answered with %d', async (code, status) => {
    const said = await serve((method) => Promise.resolve({ message: json.parse(method.output, '{"name":"n"}'), headers: { 'x-http-code': [code] } }))
    const asked = await said.ask('/v1/items/1')
    expect([asked.status, asked.json, asked.headers.get('x-http-code')]).toEqual([status, { name: 'n' }, null])
    await said.close()
  })

  test('listed headers become metadata, -bin ones as bytes', async () => {
    await served.ask('/v1/items/1', {
      headers: {
        authorization: 'Bearer t',
        'x-other': '1',
        'grpc-metadata-key-bin': 'AQI',
        'grpc-metadata-Plain': 'p',
        'accept-language': 'en',
        'grpc-timeout': '5S',
      },
    })
    const { metadata, deadline } = served.calls.at(-1)!.context
    expect({ ...metadata }).toEqual({
      authorization: ['Bearer t'],
      'accept-language': ['en'],
      'key-bin': [Buffer.from([1, 2])],
      plain: ['p'],
      'x-goog-request-params': ['id=1'],
    })
    const leftMs = deadline!.getTime() - Date.now()
    expect(leftMs).toBeGreaterThan(1000)
    expect(leftMs).toBeLessThanOrEqual(5000)
  })

  test('parameters that are no field reach the call when they are let through', async () => {
    const lenient = await serve(echo, { unknownParameters: ['$alt', 'key'] })
    expect((await lenient.ask('/v1/items/1?$alt=json&name=x&key=a%20b')).status).toBe(200)
    expect(lenient.calls.at(-1)!.context.unknownParameters).toEqual([
      ['$alt', 'json'],
      ['key', 'a b'],
    ])
    expect((await lenient.ask('/v1/items/1?other=1')).status).toBe(400)
    await lenient.close()
  })

  test('HEAD is GET without a body', async () => {
    const asked = await served.ask('/v1/items/1', { method: 'HEAD' })
    expect([asked.status, asked.text, asked.headers.get('content-length')]).toEqual([
      200,
      '',
      String(encoder.encode('{"name":"1","price":"9007199254740993"}').length),
    ])
  })

  test('OPTIONS says what the path takes', async () => {
    const asked = await served.ask('/v1/shelves/1/items/2', { method: 'OPTIONS' })
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH'])
  })
})

describe('query parameters', () => {
  const rows: readonly [query: string, answer: unknown][] = [
    ['f_double=1.5&fFloat=-0.1', { fDouble: 1.5, fFloat: -0.1 }],
    ['fDouble=Infinity', { fDouble: 'Infinity' }],
    ['fInt64=-9223372036854775808&fUint64=18446744073709551615', { fInt64: '-9223372036854775808', fUint64: '18446744073709551615' }],
    ['fBool=true&fString=a+b%26c', { fBool: true, fString: 'a b&c' }],
    ['fString=', {}],
    ['fBytes=-_8', { fBytes: '+/8=' }],
    ['fBytes=%2B/8%3D', { fBytes: '+/8=' }],
    ['fColor=RED&oColor=0', { fColor: 'RED', oColor: 'COLOR_UNSPECIFIED' }],
    ['fWide.fWide.f_string=x&fWide.fBool=true', { fWide: { fWide: { fString: 'x' }, fBool: true } }],
    ['rString=a&r_string=b', { rString: ['a', 'b'] }],
    ['rColor=RED&rColor=7&rInt64=9007199254740993', { rColor: ['RED', 7], rInt64: ['9007199254740993'] }],
    ['wTimestamp=2024-02-29T00:00:00.000000001Z&wDuration=-1.5s', { wTimestamp: '2024-02-29T00:00:00.000000001Z', wDuration: '-1.500s' }],
    ['wMask=page_size,fooBar.baz', { wMask: 'pageSize,fooBar.baz' }],
    ['wInt64=5&wString=&wBool=false&wBytes=AA', { wInt64: '5', wString: '', wBool: false, wBytes: 'AA==' }],
    ['cInt64=3', { cInt64: '3' }],
    ['otherName=1', { otherName: '1' }],
    ['renamed=1', { otherName: '1' }],
    ['&&fString=x&', { fString: 'x' }],
  ]
  for (const [query, answer] of rows) {
    test(query, async () => {
      const asked = await served.ask(`/v1/echo?${query}`)
      expect(asked.json).toEqual(answer)
    })
  }
})

interface StatusJson {
  code: number
  message: string
  details: Record<string, unknown>[]
}

describe('bad requests', () => {
  const deep = `${'{"fWide":'.repeat(20)}{}${'}'.repeat(20)}`
  const rows: readonly [path: string, init: RequestInit, http: number, reason: string, fields?: readonly string[]][] = [
    ['/v2/items/1', {}, 404, 'UNKNOWN_PATH'],
    ['/v1/items/', {}, 404, 'UNKNOWN_PATH'],
    ['/v1/items//', {}, 404, 'UNKNOWN_PATH'],
    ['//v1/items/1', {}, 404, 'UNKNOWN_PATH'],
    ['/V1/items/1', {}, 404, 'UNKNOWN_PATH'],
    ['/v1/items/%2e%2e%00'.slice(0, 16), {}, 404, 'UNKNOWN_PATH'],
    ['/v1/items/%ff', {}, 400, 'MALFORMED_PATH'],
    ['/v1/items/%zz', {}, 400, 'MALFORMED_PATH'],
    [`/v1/items/${'x'.repeat(8192)}`, {}, 414, 'URL_TOO_LONG'],
    ['/v1/items/1', { method: 'POST' }, 405, 'METHOD_NOT_ALLOWED'],
    ['/v1/shelves/1/items/2:move', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['/v1/items/1?idd=2', {}, 400, 'UNKNOWN_PARAMETER', ['idd']],
    ['/v1/items/1?id=2', {}, 400, 'CONFLICTING_VALUES', ['id']],
    ['/v1/items/1?name=%ff', {}, 400, 'MALFORMED_QUERY'],
    ['/v1/echo?fString=1&f_string=2', {}, 400, 'CONFLICTING_VALUES', ['f_string']],
    ['/v1/echo?cString=1&cInt64=2', {}, 400, 'CONFLICTING_VALUES', ['c_int64']],
    ['/v1/echo?cString=1&cWide.fBool=true', {}, 400, 'CONFLICTING_VALUES', ['c_wide.f_bool']],
    ['/v1/echo?fInt32=1.5', {}, 400, 'INVALID_PARAMETER', ['f_int32']],
    ['/v1/echo?fInt32=', {}, 400, 'INVALID_PARAMETER', ['f_int32']],
    ['/v1/echo?fBool=1', {}, 400, 'INVALID_PARAMETER', ['f_bool']],
    ['/v1/echo?fColor=BLUE', {}, 400, 'INVALID_PARAMETER', ['f_color']],
    ['/v1/echo?fBytes=a', {}, 400, 'INVALID_PARAMETER', ['f_bytes']],
    ['/v1/echo?wTimestamp=2024-02-30T00:00:00Z', {}, 400, 'INVALID_PARAMETER', ['w_timestamp']],
    ['/v1/echo?fWide.wTimestamp=x', {}, 400, 'INVALID_PARAMETER', ['f_wide.w_timestamp']],
    ['/v1/echo?fWide=1', {}, 400, 'UNKNOWN_PARAMETER', ['fWide']],
    ['/v1/echo?mString.a=1', {}, 400, 'UNKNOWN_PARAMETER', ['mString.a']],
    ['/v1/echo?rWide.fBool=true', {}, 400, 'UNKNOWN_PARAMETER', ['rWide.fBool']],
    ['/v1/echo?wAny=1', {}, 400, 'UNKNOWN_PARAMETER', ['wAny']],
    ['/v1/echo?__proto__=1', {}, 400, 'UNKNOWN_PARAMETER', ['__proto__']],
    ['/v1/echo/12/x/GREEN', {}, 400, 'INVALID_PARAMETER', ['f_bool']],
    ['/v1/echo', post('{'), 400, 'MALFORMED_JSON', ['']],
    ['/v1/echo', post('{"fWide":{"rString":["a",1]}}'), 400, 'INVALID_FIELD', ['f_wide.r_string[1]']],
    ['/v1/echo', post('{"fWidee":1,"fBool":"true"}'), 400, 'INVALID_FIELD', ['fWidee', 'f_bool']],
    ['/v1/echo', post(deep), 400, 'JSON_TOO_DEEP', ['']],
    ['/v1/echo', post('[]'), 400, 'INVALID_FIELD', ['']],
    ['/v1/echo?fBool=true', post('{}'), 400, 'UNKNOWN_PARAMETER', ['fBool']],
    ['/v1/echo', post('x'.repeat(1001)), 413, 'BODY_TOO_LARGE'],
    ['/v1/echo', post('{}', 'text/plain'), 415, 'UNSUPPORTED_MEDIA_TYPE', ['content-type']],
    ['/v1/echo', post('{}', 'application/json; charset=latin1'), 415, 'UNSUPPORTED_MEDIA_TYPE', ['content-type']],
    ['/v1/shelves/1/items/2', post('{}', 'application/json', 'DELETE'), 400, 'BODY_NOT_ALLOWED'],
    ['/v1/shelves/1/items/2:move', post('{"name":"shelves/1/items/3"}'), 400, 'CONFLICTING_VALUES', ['name']],
    ['/v1/shelves/1/items?item.title=1', post('{}'), 400, 'UNKNOWN_PARAMETER', ['item.title']],
    ['/v1/items/1', { headers: { 'grpc-timeout': '5' } }, 400, 'MALFORMED_HEADER', ['grpc-timeout']],
    ['/v1/items/1', { headers: { 'grpc-metadata-x-bin': '*' } }, 400, 'MALFORMED_HEADER', ['grpc-metadata-x-bin']],
    ['/v1/shelves/1/items/slow', { headers: { 'grpc-timeout': '20m' } }, 504, 'DEADLINE'],
    ['/v1/shelves/1/items/bug', {}, 500, 'INTERNAL_FAULT'],
  ]
  for (const [path, init, http, reason, fields] of rows) {
    test(`${init.method ?? 'GET'} ${path.slice(0, 60)} ${typeof init.body === 'string' ? init.body.slice(0, 40) : ''}: ${reason}`, async () => {
      const { status, json: body, text, headers } = await served.ask(path, init)
      const { details } = body as StatusJson
      expect([status, details[0]]).toEqual([http, { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'shop.example' }])
      expect((details[1]?.['fieldViolations'] as { field?: string }[] | undefined)?.map(({ field = '' }) => field)).toEqual(fields)
      expect(text).not.toMatch(/secret|\.js:|\bat \S+ \(/)
      expect(headers.get('content-type')).toBe('application/json')
    })
  }

  test('a method has the time that is its own', async () => {
    const hurried = await serve(echo, { methodTimeoutMs: { 'shop.v1.ShopService.GetItem': 30 }, maxTimeoutMs: 40 })
    const started = Date.now()
    expect((await hurried.ask('/v1/shelves/1/items/slow')).status).toBe(504)
    expect((await hurried.ask('/v1/shelves/1/items/slow', { headers: { 'grpc-timeout': '1H' } })).status).toBe(504)
    expect(Date.now() - started).toBeLessThan(5000)
    await hurried.close()
  })

  test('405 says what is allowed', async () => {
    const { headers } = await served.ask('/v1/shelves/1/items/2', { method: 'PUT' })
    expect(headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PATCH')
  })

  test('a refusal for want of credentials says which are taken', async () => {
    const { status, headers } = await served.ask('/v1/shelves/1/items/locked')
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  test('the status of a call comes through, with and without details', async () => {
    const missing = await served.ask('/v1/shelves/1/items/missing')
    expect([missing.status, missing.json]).toEqual([404, { code: 5, message: 'No such item', details: [] }])
    const plain = await served.ask('/v1/shelves/1/items/plain')
    expect([plain.status, plain.json]).toEqual([503, { code: 14, message: 'Try later', details: [] }])
  })
})
