// Small grammars of headers, queries and statuses, as tables.
import { describe, expect, test } from 'vitest'
import { parseAccept } from '../../src/gateway/accept.js'
import { requestMetadata, responseHeaders, DEFAULT_REQUEST_HEADERS } from '../../src/gateway/metadata.js'
import { parseQuery } from '../../src/gateway/query.js'
import { answerOf } from '../../src/gateway/status-answer.js'
import { parseTimeout } from '../../src/gateway/timeout.js'
import { isNoneMatch } from '../../src/base/entity-tag.js'

describe('grpc-timeout', () => {
  const rows: readonly (readonly [text: string, ms: number | undefined])[] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5u', 0.005],
    ['6n', 0.000_006],
    ['0S', 0],
    ['99999999H', 359_999_996_400_000],
    ['00000001S', 1000],
    ['', undefined],
    ['5', undefined],
    ['S', undefined],
    ['5s', undefined],
    ['5h', undefined],
    ['-5S', undefined],
    ['+5S', undefined],
    ['5.5S', undefined],
    ['5 S', undefined],
    [' 5S', undefined],
    ['5S ', undefined],
    ['100000000S', undefined],
    ['1e3S', undefined],
    ['0x1S', undefined],
    ['5SS', undefined],
    ['5ms', undefined],
    ['٥S', undefined],
    ['5S\n', undefined],
  ]
  for (const [text, ms] of rows) test(JSON.stringify(text), () => expect(parseTimeout(text)).toBe(ms))
})

describe('accept', () => {
  const rows: readonly (readonly [text: string | undefined, stream: string, any: string | undefined])[] = [
    [undefined, 'ndjson', undefined],
    ['', 'ndjson', undefined],
    ['*/*', 'ndjson', undefined],
    ['text/html', 'ndjson', undefined],
    ['application/json', 'array', undefined],
    ['application/json;any=documented', 'array', 'documented'],
    ['application/json; any=canonical', 'array', 'canonical'],
    ['application/json;any="documented"', 'array', 'documented'],
    ['application/json;any=other', 'array', undefined],
    ['text/event-stream', 'sse', undefined],
    ['TEXT/EVENT-STREAM', 'sse', undefined],
    ['application/x-ndjson', 'ndjson', undefined],
    ['application/jsonl', 'ndjson', undefined],
    ['application/json, text/event-stream', 'array', undefined],
    ['application/json;q=0.1, text/event-stream', 'sse', undefined],
    ['text/event-stream;q=0, application/json', 'array', undefined],
    ['text/event-stream;q=0', 'ndjson', undefined],
    ['text/html, application/json;any=canonical;q=0.9, */*;q=0.1', 'array', 'canonical'],
    ['__proto__', 'ndjson', undefined],
    [',;=,', 'ndjson', undefined],
    ['text/event-stream;q=x', 'ndjson', undefined],
  ]
  for (const [text, stream, any] of rows) test(String(text), () => expect(parseAccept(text)).toEqual({ stream, any }))
})

describe('query', () => {
  const rows: readonly (readonly [text: string, pairs: unknown])[] = [
    ['', []],
    ['a=1', [['a', '1']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['=1', [['', '1']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['&&a=1&', [['a', '1']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=b+c%2B', [['a', 'b c+']]],
    ['a%2Eb=1', [['a.b', '1']]],
    ['a=%D0%B6', [['a', 'ж']]],
    ['a=1;b=2', [['a', '1;b=2']]],
    ['__proto__=1', [['__proto__', '1']]],
    ['a=%00', [['a', '\u0000']]],
  ]
  for (const [text, pairs] of rows) test(text, () => expect(parseQuery(text)).toEqual(pairs))
  test('1,000 parameters, and no more', () => {
    const pairs = (length: number): string => Array.from({ length }, () => 'a').join('&')
    expect(parseQuery(pairs(1000))).toHaveLength(1000)
    expect(() => parseQuery(pairs(1001))).toThrow('more than 1000')
  })
  for (const text of ['a=%', 'a=%f', 'a=%zz', 'a=%ff', '%c0%af=1', 'a=\u00e9', 'a=b c'])
    test(`not ${text.slice(0, 20)}`, () => expect(() => parseQuery(text)).toThrow(/The query/))
})

describe('headers to metadata', () => {
  const rows: readonly (readonly [headers: Record<string, string>, metadata: Record<string, unknown>])[] = [
    [{ authorization: 'a' }, { authorization: ['a'] }],
    [{ cookie: 'a', host: 'b', 'x-forwarded-for': 'c' }, {}],
    [{ 'grpc-metadata-foo': 'a' }, { foo: ['a'] }],
    [{ 'grpc-metadata-foo-bin': 'AQI=' }, { 'foo-bin': [Buffer.from([1, 2])] }],
    [{ 'grpc-metadata-grpc-timeout': '1S' }, {}],
    [{ 'grpc-metadata-connection': 'x' }, {}],
    [{ 'grpc-metadata-content-type': 'x' }, {}],
    [{ 'grpc-metadata-': 'x' }, {}],
    [{ 'grpc-metadata-__proto__': 'x' }, { ['__proto__']: ['x'] }],
    [{ 'grpc-metadata-authorization': 'b', authorization: 'a' }, { authorization: ['b', 'a'] }],
  ]
  for (const [headers, metadata] of rows)
    test(JSON.stringify(headers), () => expect(Object.entries(requestMetadata(headers, DEFAULT_REQUEST_HEADERS))).toEqual(Object.entries(metadata)))
  test('the list may be all', () => expect({ ...requestMetadata({ 'x-a': '1', te: 'trailers' }, ['*']) }).toEqual({ 'x-a': ['1'] }))
  test('and back', () =>
    expect(
      responseHeaders({ 'x-a': ['1', '2'], 'x-b-bin': [new Uint8Array([1])], 'grpc-status': ['0'], other: ['x'] }, ['x-*', 'grpc-status']),
    ).toEqual([
      ['x-a', ['1', '2']],
      ['x-b-bin', ['AQ==']],
    ]))
})

describe('if-none-match', () => {
  const rows: readonly (readonly [header: string | undefined, is: boolean])[] = [
    [undefined, false],
    ['*', true],
    ['"a"', true],
    ['W/"a"', true],
    ['"b"', false],
    ['"b", "a"', true],
    ['a', false],
    ['', false],
  ]
  for (const [header, is] of rows) test(String(header), () => expect(isNoneMatch(header, '"a"')).toBe(is))
})

describe('codes', () => {
  const HTTP = [499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
  for (const [i, http] of HTTP.entries()) {
    test(`${i + 1} is ${http}`, () =>
      expect(answerOf({ code: i + 1, message: 'm' }, 'd', () => undefined)).toMatchObject({ code: i + 1, httpStatus: http }))
  }

  for (const odd of [
    { code: 0, message: 'm' },
    { code: 17, message: 'm' },
    { code: 1.5, message: 'm' },
    { code: 'ENOENT', message: 'm' },
    { code: 5 },
    'text',
    null,
    undefined,
    new Error('x'),
    5,
  ]) {
    test(`${JSON.stringify(odd)} is reported, and says nothing`, () => {
      const reported: unknown[] = []
      const answer = answerOf(odd, 'd', (error) => reported.push(error))
      expect([answer.code, answer.httpStatus, reported]).toEqual([13, 500, [odd]])
    })
  }

  test('details that are no google.rpc.Status are left out', () => {
    expect(answerOf({ code: 5, message: 'm', details: new Uint8Array([0xff]) }, 'd', () => undefined).httpStatus).toBe(404)
  })
})
