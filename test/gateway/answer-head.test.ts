// What stands in the head of every answer, whatever it is.
import { describe, expect, test } from 'vitest'
import { createGateway } from '../../src/gateway/gateway.js'
import { testDescriptors } from './schema.js'
import { serveHandler } from './serve.js'

describe('headers of every answer', () => {
  const message = Buffer.from('\n\u0003one')
  const handler = createGateway({
    descriptors: testDescriptors,
    services: ['shop.v1.ShopService'],
    requestIdHeader: 'x-request-id',
    call: ({ name }) => ({ message: name === 'Watch' ? streamOf(message) : message }),
  })

  async function* streamOf(...messages: Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* await Promise.resolve(messages)
  }

  test.each([
    ['an answer', 'GET', '/v1/items/1', 200],
    ['a stream', 'GET', '/v1/shelves/1/items:watch', 200],
    ['a path that is not there', 'GET', '/v1/nothing', 404],
    ['a method that is not taken', 'PUT', '/v1/items/1', 405],
    ['what a path takes', 'OPTIONS', '/v1/items/1', 204],
  ])('%s repeats the id of its request, and keeps what was set before', async (_name, method, path, status) => {
    const served = await serveHandler((request, response) => {
      response.setHeader('x-before', 'kept')
      handler(request, response)
    })
    const named = await served.ask(path, { method, headers: { 'x-request-id': 'r-1' } })
    expect([named.status, named.headers.get('x-request-id'), named.headers.get('x-before')]).toEqual([status, 'r-1', 'kept'])
    expect((await served.ask(path, { method })).headers.get('x-request-id')).toBeNull()
    if (status === 405 || status === 204) expect(named.headers.get('allow')).toContain('GET')
    await served.close()
  })
})
