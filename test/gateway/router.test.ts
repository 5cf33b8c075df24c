// Which route a path takes, as tables; and routes that cannot stand beside each other.
import { describe, expect, test } from 'vitest'
import type { Route } from '../../src/gateway/route.js'
import { routesOf } from '../../src/gateway/route.js'
import { Router } from '../../src/gateway/router.js'
import { parseTemplate } from '../../src/gateway/template.js'
import { testSchema } from './schema.js'

const [anyRoute] = routesOf(testSchema.getService('shop.v1.ShopService')!)

/** A route for a template, as if a method of that name had it. */
function route(line: string): Route {
  const [httpMethod = '', path = ''] = line.split(' ')
  return { ...anyRoute!, httpMethod, template: parseTemplate(path), method: { ...anyRoute!.method, typeName: line } }
}

/** Where a request goes: the route's own line and its values, or what is answered instead. */
function goes(routes: readonly string[], request: string): string {
  const [method = '', path = ''] = request.split(' ')
  const found = new Router(routes.map(route)).find(method, path)
  if (found.kind === 'route') return [found.match.route.method.typeName, ...found.match.values].join(' | ')
  return found.kind === 'method' ? `405 ${found.allow.join(' ')}` : found.kind
}

const TABLE = [
  'GET /v1/items/{id}',
  'GET /v1/items/special',
  'PATCH /v1/items/{id}',
  'POST /v1/items/{id}:cancel',
  'GET /v1/items:search',
  'POST /v1/items',
  'GET /v1/{name=shelves/*/items/*}',
  'GET /v1/{rest=**}',
  'GET /v1/a/*/c',
  'GET /v1/a/b/d',
  'POST /v1/files/{path=**}:copy',
  'GET /v1/files/{path=**}',
  'GET /v1/spaced%20name',
  '* /v1/hooks/{id}',
  'REPORT /v1/items',
  'GET /v1/x/{a}/y/{b=z/*}',
]

describe('routes', () => {
  const rows: readonly (readonly [request: string, answer: string])[] = [
    ['GET /v1/items/1', 'GET /v1/items/{id} | 1'],
    ['GET /v1/items/special', 'GET /v1/items/special'],
    ['PATCH /v1/items/special', 'PATCH /v1/items/{id} | special'],
    ['GET /v1/items/a:b', 'GET /v1/items/{id} | a:b'],
    ['GET /v1/items/a:b:c', 'GET /v1/items/{id} | a:b:c'],
    ['GET /v1/items/a:', 'GET /v1/items/{id} | a:'],
    ['POST /v1/items/1:cancel', 'POST /v1/items/{id}:cancel | 1'],
    ['POST /v1/items/a:b:cancel', 'POST /v1/items/{id}:cancel | a:b'],
    ['POST /v1/items/1%3Acancel', '405 GET HEAD OPTIONS PATCH'],
    ['GET /v1/items/1:cancel', '405 OPTIONS POST'],
    ['GET /v1/items/1:CANCEL', 'GET /v1/items/{id} | 1:CANCEL'],
    ['GET /v1/items:search', 'GET /v1/items:search'],
    ['HEAD /v1/items:search', 'GET /v1/items:search'],
    ['POST /v1/items:search', '405 GET HEAD OPTIONS'],
    ['GET /v1/items/:cancel', 'none'],
    ['GET /v1/items', 'GET /v1/{rest=**} | items'],
    ['DELETE /v1/items', '405 GET HEAD OPTIONS POST REPORT'],
    ['REPORT /v1/items', 'REPORT /v1/items'],
    ['GET /v1/shelves/1/items/2', 'GET /v1/{name=shelves/*/items/*} | shelves/1/items/2'],
    ['GET /v1/shelves/1/items/2/3', 'GET /v1/{rest=**} | shelves/1/items/2/3'],
    ['GET /v1/shelves/a%2Fb/items/%2f', 'GET /v1/{name=shelves/*/items/*} | shelves/a%2Fb/items/%2f'],
    ['GET /v1/shelves/%41%20/items/2', 'GET /v1/{name=shelves/*/items/*} | shelves/A /items/2'],
    ['GET /v1/items/a%2Fb', 'GET /v1/items/{id} | a/b'],
    ['GET /v1/items/%252F', 'GET /v1/items/{id} | %2F'],
    ['GET /v1/%69tems/1', 'GET /v1/items/{id} | 1'],
    ['GET /v1/items/+', 'GET /v1/items/{id} | +'],
    ['GET /v1/items/a;b=c', 'GET /v1/items/{id} | a;b=c'],
    ['GET /v1/items/%00', 'GET /v1/items/{id} | \u0000'],
    ['GET /v1/a/b/c', 'GET /v1/a/*/c'],
    ['GET /v1/a/b/d', 'GET /v1/a/b/d'],
    ['GET /v1/a/b/e', 'GET /v1/{rest=**} | a/b/e'],
    ['GET /v1', 'GET /v1/{rest=**} | '],
    ['GET /v1/files', 'GET /v1/files/{path=**} | '],
    ['GET /v1/files/a/b/c', 'GET /v1/files/{path=**} | a/b/c'],
    ['POST /v1/files/a/b:copy', 'POST /v1/files/{path=**}:copy | a/b'],
    ['GET /v1/files/a/b:c', 'GET /v1/files/{path=**} | a/b:c'],
    ['GET /v1/files/a%2Fb/c%20d', 'GET /v1/files/{path=**} | a%2Fb/c d'],
    ['GET /v1/spaced%20name', 'GET /v1/spaced%20name'],
    ['PROPFIND /v1/hooks/1', '* /v1/hooks/{id} | 1'],
    ['GET /v1/x/1/y/z/2', 'GET /v1/x/{a}/y/{b=z/*} | 1 | z/2'],
    ['GET /', 'none'],
    ['GET /v2', 'none'],
    ['GET /V1/items/1', 'none'],
    ['GET /v1/items/1/', 'none'],
    ['GET /v1//items/1', 'none'],
    ['GET //v1/items/1', 'none'],
    ['GET /v1/items/.', 'none'],
    ['GET /v1/items/..', 'none'],
    ['GET /v1/items/%2e%2E', 'none'],
    ['GET /v1/x/../items/1', 'none'],
    ['GET /v1/items/...', 'GET /v1/items/{id} | ...'],
    ['GET v1/items/1', 'none'],
    ['GET http://host/v1/items/1', 'none'],
    ['GET *', 'none'],
    ['GET /v1/items/%ff', 'malformed'],
    ['GET /v1/items/%c0%af', 'malformed'],
    ['GET /v1/items/%', 'malformed'],
    ['GET /v1/items/%4', 'malformed'],
    ['GET /v1/items/\u00e9', 'malformed'],
  ]
  for (const [request, answer] of rows) {
    test(request, () => {
      expect(goes(TABLE, request)).toBe(answer)
      expect(goes(TABLE.toReversed(), request)).toBe(answer)
    })
  }

  test('a path of thousands of segments is answered at once', () => {
    const router = new Router(TABLE.map(route))
    const started = performance.now()
    for (let i = 0; i < 100; i += 1) router.find('GET', '/a'.repeat(4000))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('routes that are the same', () => {
  for (const [one, other] of [
    ['GET /v1/{a}', 'GET /v1/{b}'],
    ['GET /v1/{a}', 'GET /v1/*'],
    ['GET /v1/{a=x/*}', 'GET /v1/x/{b}'],
    ['GET /v1/{a=**}', 'GET /v1/**'],
    ['POST /v1/{a}:x', 'POST /v1/{b}:x'],
    ['GET /v1/a%62', 'GET /v1/ab'],
  ] as const) {
    test(`${one} and ${other}`, () => expect(() => new Router([route(one), route(other)])).toThrow(`${other} and ${one} have the same route`))
  }

  for (const lines of [
    ['GET /v1/{a}', 'POST /v1/{a}'],
    ['GET /v1/{a}', 'GET /v1/a'],
    ['GET /v1/{a}', 'GET /v1/{a}:x'],
    ['GET /v1/{a=**}', 'GET /v1/{a}'],
  ]) {
    test(`but not ${lines.join(' and ')}`, () => expect(() => new Router(lines.map(route))).not.toThrow())
  }
})
