// Rules that are wrong stop the gateway at creation, with the method and the place; and options that cannot be meant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway, routeTable } from '../../src/gateway/gateway.js'
import { readSchema } from '../../src/base/proto-json/type-source.js'
import type { GatewayOptions } from '../../src/gateway/options.js'
import { compileProtos } from '../../src/gateway/schema-files.js'
import { PROTO_PATHS, testDescriptors } from './schema.js'

const folder = mkdtempSync(join(tmpdir(), 'rules-'))
afterAll(() => rmSync(folder, { recursive: true }))
const call: GatewayOptions['call'] = () => Promise.resolve({ message: new Uint8Array() })

/** The rule of the only method of each service, and what is said about it. */
const RULES: readonly (readonly [rule: string, problem: string])[] = [
  ['get: "/v1/{a"', 'Do: "/v1/{a" column 7: expected "}"'],
  ['get: "v1/a"', 'Do: "v1/a" column 1: a template begins with "/"'],
  ['get: "/v1/{nope}"', 'Do: "/v1/{nope}" column 5: bad.v1.In has no field "nope"'],
  ['get: "/v1/{sub.nope}"', 'Do: "/v1/{sub.nope}" column 5: bad.v1.In has no field "nope"'],
  ['get: "/v1/{name.x}"', 'Do: "/v1/{name.x}" column 5: "name" is not a message'],
  ['get: "/v1/{sub}"', 'Do: "/v1/{sub}" column 5: "sub" is not a single scalar'],
  ['get: "/v1/{many}"', 'Do: "/v1/{many}" column 5: "many" is not a single scalar'],
  ['get: "/v1/{pairs}"', 'Do: "/v1/{pairs}" column 5: "pairs" is not a single scalar'],
  ['get: "/v1/a" body: "*"', 'Do: GET has no body'],
  ['post: "/v1/a" body: "nope"', 'Do: body: bad.v1.In has no field "nope"'],
  ['post: "/v1/a" body: "sub.name"', 'Do: body: bad.v1.In has no field "sub.name"'],
  ['post: "/v1/{name}" body: "name"', 'Do: name is both in the path and the body'],
  ['get: "/v1/a" response_body: "nope"', 'Do: response_body: bad.v1.In has no field "nope"'],
  ['body: "*"', 'Do: an HTTP rule without method and path'],
  ['custom { kind: "lower" path: "/v1/a" }', 'Do: "lower" is not an HTTP method in upper case'],
  ['get: "/v1/a" additional_bindings { get: "/v1/b" additional_bindings { get: "/v1/c" } }', 'Do: additional_bindings inside additional_bindings'],
  ['get: "/v1/{name}" additional_bindings { get: "/v1/{other}" }', 'Do and bad.v1.S'],
]

let descriptors: Uint8Array
beforeAll(async () => {
  const services = RULES.map(([rule], i) => `service S${i} { rpc Do(In) returns (In) { option (google.api.http) = { ${rule} }; } }`)
  const stream = 'service Up { rpc Do(stream In) returns (In) { option (google.api.http) = { post: "/v1/up" }; } }'
  const bare = 'service Bare { rpc Do(In) returns (In); }'
  writeFileSync(
    join(folder, 'bad.proto'),
    [
      'syntax = "proto3";',
      'package bad.v1;',
      'import "google/api/annotations.proto";',
      'message In { string name = 1; string other = 2; In sub = 3; repeated string many = 4; map<string, string> pairs = 5; }',
      ...services,
      stream,
      bare,
    ].join('\n'),
  )
  descriptors = await compileProtos([join(folder, 'bad.proto')], [folder, PROTO_PATHS[1]!])
})

describe('a wrong rule', () => {
  for (const [i, [rule, problem]] of RULES.entries()) {
    test(rule, () => expect(() => createGateway({ descriptors, services: [`bad.v1.S${i}`], call })).toThrow(`bad.v1.S${i}.${problem}`))
  }
  test('a stream of requests without a body', () =>
    expect(() => createGateway({ descriptors, services: ['bad.v1.Up'], call })).toThrow('bad.v1.Up.Do: a stream of requests needs a body'))
})

test('a method without a rule has a route when asked for', () => {
  const schema = readSchema(descriptors)
  expect(routeTable(schema, { services: ['bad.v1.Bare'] })).toEqual([])
  expect(
    routeTable(schema, { services: ['bad.v1.Bare'], unannotated: true }).map(({ httpMethod, template, body }) => [httpMethod, template.text, body]),
  ).toEqual([['POST', '/bad.v1.Bare/Do', '*']])
})

describe('rules beside the schema', () => {
  const lines = (rules: GatewayOptions['rules'] = []): string[] =>
    routeTable(readSchema(testDescriptors), { services: ['shop.v1.ShopService'], rules })
      .filter(({ method }) => /GetItem|Hidden/.test(method.name))
      .map(({ httpMethod, template, body, responseBody }) => `${httpMethod} ${template.text} ${String(body ?? '')}${responseBody?.name ?? ''}`)
  const selector = 'shop.v1.ShopService.GetItem'
  const rows: readonly (readonly [rules: GatewayOptions['rules'], lines: readonly string[]])[] = [
    [[{ selector, get: '/v2/{name=x/*}' }], ['GET /v2/{name=x/*} ']],
    [
      [{ selector, put: '/v2/a', body: '*', responseBody: 'size', additionalBindings: [{ delete: '/v2/a' }, { patch: '/v2/b', body: 'name' }] }],
      ['PUT /v2/a *size', 'DELETE /v2/a ', 'PATCH /v2/b field shop.v1.GetItemRequest.name'],
    ],
    [
      [
        { selector, custom: { kind: 'FETCH', path: '/v2/a' } },
        { selector, post: '/v2/last' },
      ],
      ['POST /v2/last '],
    ],
    [
      [{ selector: 'shop.v1.ShopService.Hidden', get: '/v2/hidden' }],
      ['GET /v1/{name=shelves/*/items/*} ', 'GET /v1/items/{id} ', 'GET /v1/everything/{name=**} ', 'GET /v2/hidden '],
    ],
  ]
  for (const [rules, expected] of rows) test(JSON.stringify(rules), () => expect(lines(rules)).toEqual(expected))
  test('for a method that is not there', () =>
    expect(() => lines([{ selector: 'shop.v1.ShopService.Nope', get: '/a' }])).toThrow('shop.v1.ShopService.Nope'))
  test('that are wrong', () => expect(() => lines([{ selector, get: '/a/{b}' }])).toThrow(`${selector}: "/a/{b}" column 4`))
})

describe('options that cannot be meant', () => {
  test('a service that is not there', () =>
    expect(() => createGateway({ descriptors: testDescriptors, services: ['no.Such'], call })).toThrow('no service no.Such'))
  test('descriptors that are none', () => expect(() => createGateway({ descriptors: Buffer.from('nonsense'), call })).toThrow())
  const rows: readonly (readonly [options: Partial<GatewayOptions>, problem: string])[] = [
    [{ json: { alwaysEmit: ['shop.v1.Item.nope'] } }, 'alwaysEmit: no field shop.v1.Item.nope'],
    [{ serviceJson: { 'shop.v1.ShopService': { alwaysEmit: ['name'] } } }, 'alwaysEmit: no field name'],
    [{ serviceJson: { 'shop.v1.Nope': {} } }, 'serviceJson: no service shop.v1.Nope'],
    [{ openApi: { title: 'T', version: 'v1', answers: { 'shop.v1.ShopService.Nope': {} } } }, 'openApi.answers: no method shop.v1.ShopService.Nope'],
    [{ methodTimeoutMs: { 'shop.v1.ShopService.Nope': 1 } }, 'methodTimeoutMs: no method shop.v1.ShopService.Nope'],
    [{ streamPositions: { Watch: { id: 'etag' } } }, 'streamPositions: no method Watch'],
    [{ streamPositions: { 'shop.v1.ShopService.Watch': { id: 'nope' } } }, 'streamPositions: shop.v1.Item has no field nope'],
    [
      { streamPositions: { 'shop.v1.ShopService.Watch': { id: 'etag', resume: 'nope' } } },
      'streamPositions: shop.v1.ListItemsRequest has no field nope',
    ],
  ]
  for (const [options, problem] of rows)
    test(problem, () => expect(() => createGateway({ descriptors: testDescriptors, call, ...options })).toThrow(problem))
  test('credentials for everybody', () =>
    expect(() => createGateway({ descriptors: testDescriptors, call, cors: { origins: ['*'], credentials: true } })).toThrow('cors'))
})
