// The gateway as the package gives it to others: by its export path, over handlers of the same process.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createGateway, handlersCall, StatusError } from 'taskplane/gateway'
import type { Handler } from 'taskplane/gateway'
import { Code } from '../../gen/google/rpc/code.js'
import { testDescriptors } from './schema.js'

const cleanups: (() => unknown)[] = []
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()))

async function listening(handlers: Readonly<Record<string, Handler>>): Promise<string> {
  const server = createServer(
    createGateway({ descriptors: testDescriptors, services: ['shop.v1.ShopService'], call: handlersCall(handlers), responseHeaders: ['x-answer'] }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a handler that does not read stops the sender', async () => {
  const url = await listening({
    'shop.v1.ShopService.Import': (_requests, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
  })
  const asking = request(`${url}/v1/items:import`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } })
  asking.on('error', () => undefined)
  const line = `{"parent":"${'x'.repeat(100_000)}"}\n`
  let sent = 0
  const more = (): void => {
    while (sent < 100_000_000 && asking.write(line)) sent += line.length
    if (sent < 100_000_000) asking.once('drain', more)
  }
  more()
  for (let before = -1; before !== sent;) {
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  expect(sent).toBeLessThan(30_000_000)
  asking.destroy()
})

const named = (name: string): Uint8Array => Buffer.from([0x0a, name.length, ...Buffer.from(name)])

test('handlers answer messages, streams and headers, and throw', async () => {
  const url = await listening({
    'shop.v1.ShopService.GetItem': () => ({ message: named('one'), headers: { 'x-answer': ['yes'] } }),
    'shop.v1.ShopService.Watch': async function* () {
      yield named('a')
      yield await Promise.resolve(named('b'))
    },
    'shop.v1.ShopService.DeleteItem': () => Promise.reject(new StatusError(Code.PERMISSION_DENIED, 'Not yours')),
    'shop.v1.ShopService.Import': async (requests) => {
      let count = 0
      for await (const request of requests as AsyncIterable<Uint8Array>) count += request.length > 0 ? 1 : 0
      return Buffer.from([0x12, 1, 0x30 + count])
    },
  })
  const get = await fetch(`${url}/v1/items/1`)
  expect([await get.json(), get.headers.get('x-answer')]).toEqual([{ name: 'one' }, 'yes'])
  expect(await (await fetch(`${url}/v1/shelves/1/items:watch`)).text()).toBe('{"name":"a"}\n{"name":"b"}\n')
  expect((await fetch(`${url}/v1/shelves/1/items/1`, { method: 'DELETE' })).status).toBe(403)
  expect(
    await (
      await fetch(`${url}/v1/items:import`, {
        method: 'POST',
        body: '{"parent":"a"}\n{"parent":"b"}\n',
        headers: { 'content-type': 'application/x-ndjson' },
      })
    ).json(),
  ).toEqual({ names: ['2'] })
  expect(await (await fetch(`${url}/v1/shelves/1/items`)).json()).toEqual({
    code: 12,
    message: 'shop.v1.ShopService.ListItems is not implemented',
    details: [],
  })
})
