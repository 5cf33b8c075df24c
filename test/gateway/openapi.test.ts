// The OpenAPI document: complete, valid by its own rules, and enough for a client that knows nothing else.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSchema, ownDescriptorSet, ownSchema, typeSource } from '../../src/base/proto-json/type-source.js'
import { ProtoJson } from '../../src/base/proto-json/proto-json.js'
import { routeTable } from '../../src/gateway/gateway.js'
import { openApiDocument } from '../../src/gateway/openapi.js'
import { validateOpenApi } from '../support/openapi-document.js'
import { testSchema } from './schema.js'
import { serve } from './serve.js'
import type { Served } from './serve.js'

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: { type?: string }
}
interface Operation {
  operationId: string
  summary?: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { example?: unknown; schema?: unknown }> }
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties?: Record<string, { description?: string; readOnly?: boolean }> }> }
}

let served: Served
let document: Document
beforeAll(async () => {
  served = await serve(
    (method) =>
      Promise.resolve({
        message:
          method.methodKind === 'unary' || method.methodKind === 'client_streaming'
            ? new Uint8Array()
            : (async function* () {
                yield await Promise.resolve(new Uint8Array())
              })(),
      }),
    {
      openApi: { title: 'Shop', version: 'v1' },
    },
  )
  document = (await served.ask('/openapi.json')).json as Document
})
afterAll(() => served.close())

const operations = (): [path: string, method: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )

test('every route that OpenAPI has a place for is there', () => {
  const routes = routeTable(testSchema, { services: ['shop.v1.ShopService'] }).filter(
    ({ httpMethod }) => httpMethod !== '*' && httpMethod !== 'REPORT',
  )
  expect(operations()).toHaveLength(routes.length)
  expect(Object.keys(document.paths)).toContain('/v1/shelves/{shelves_id}/items/{items_id}:move')
})

test('it is OpenAPI by the schema of the standard', async () => {
  expect(await validateOpenApi(document)).toEqual({ version: '3.1', errors: [] })
})

test('it tells clients that a token can be sent, and need not be', () => {
  const { security, components } = document as unknown as { security: Record<string, []>[]; components: { securitySchemes: Record<string, object> } }
  expect(security.map((needed) => Object.keys(needed).map((name) => components.securitySchemes[name]))).toEqual([[], [{ type: 'http', scheme: 'bearer' }]])
})

test('it is OpenAPI: references lead somewhere, ids are unique, path parameters are declared', () => {
  expect(document.openapi).toBe('3.1.0')
  const text = JSON.stringify(document)
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(Object.keys(document.components.schemas)).toContain(name)
  for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Za-z0-9._-]+$/)
  const ids = operations().map(([, , { operationId }]) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [path, , { parameters = [] }] of operations()) {
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named)
    const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
    expect(new Set(keys).size).toBe(keys.length)
  }
})

test('the comments of the protos are its prose', () => {
  expect(document.paths['/v1/{parent}/items']).toBeUndefined()
  expect(document.paths['/v1/items/{id}']?.['get']).toMatchObject({ summary: 'Gets one item.', tags: ['shop.v1.ShopService'] })
  expect(document.components.schemas['shop.v1.Item']?.properties?.['name']?.description).toBe('Such as `shelves/1/items/2`.')
})

describe('a client that knows only the document', () => {
  test('calls every operation with its examples', async () => {
    for (const [path, method, operation] of operations()) {
      const url = new URL(served.url + path.replace(/\{[^}]+\}/g, '1').replace('/echo/1/1/1', '/echo/1/true/RED'))
      for (const parameter of operation.parameters ?? [])
        if (
          parameter.in === 'query' &&
          parameter.schema.type === 'string' &&
          !('format' in parameter.schema) &&
          !('contentEncoding' in parameter.schema) &&
          !('pattern' in parameter.schema) &&
          !/mask|cString|cWrapper|fString/i.test(parameter.name)
        )
          url.searchParams.append(parameter.name, 'x')
      const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
      const init =
        content === undefined
          ? {}
          : {
              body: content.example === undefined ? '' : JSON.stringify(content.example),
              headers: { 'content-type': type === '*/*' ? 'image/png' : (type ?? '') },
            }
      const asked = await served.ask(url.href.slice(served.url.length), { method: method.toUpperCase(), ...init })
      expect([operation.operationId, asked.status, asked.text.slice(0, 300)]).toEqual([operation.operationId, 200, expect.anything()])
    }
  })
})

test('every example of an answer is a message', () => {
  const json = new ProtoJson(typeSource(testSchema), { maxDepth: 100 })
  for (const route of routeTable(testSchema, { services: ['shop.v1.ShopService'] }).filter(
    ({ responseBody, method }) => responseBody === undefined && method.output.fields.length > 0,
  )) {
    const found = operations().find(([, , { operationId }]) => operationId === `ShopService_${route.method.name}`)
    const example = found?.[2].responses['200']?.content?.['application/json']?.example
    if (example !== undefined) expect(json.print(route.method.output, json.parse(route.method.output, JSON.stringify(example)))).not.toBe('{}')
  }
})

test('the contract of this project is described too', () => {
  const schema = readSchema(ownDescriptorSet())
  const own = openApiDocument({
    routes: routeTable(schema, {}),
    options: { title: 'T', version: 'v1' },
    json: {},
    status: ownSchema().getMessage('google.rpc.Status')!,
  }) as unknown as Document
  const get = own.paths['/openshift/v1/{service_instance_id}/tasks']?.['get']
  expect(get?.parameters?.map(({ name }) => name)).toEqual(['service_instance_id', 'pageSize', 'pageToken', 'filter', 'orderBy'])
  expect(get?.description).toContain('newest first')
  // Required of a lease policy, which is not required itself.
  const create = own.paths['/openshift/v1/{service_instance_id}/tasks']?.['post']
  expect(create?.parameters?.find(({ name }) => name === 'leasePolicy.ttl')?.required).toBeUndefined()
  expect(own.components.schemas['openshift.v1.Task']?.properties?.['id']?.readOnly).toBe(true)
})

test('the page needs nothing from outside', async () => {
  const { text, headers, status } = await served.ask('/docs')
  expect(status).toBe(200)
  expect(text).not.toMatch(/https?:|\/\/[a-z]/)
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/)
  expect((await served.ask('/docs', { method: 'POST' })).status).toBe(405)
})
