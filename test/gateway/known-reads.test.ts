// A read of a URL that was read before: it gets what that URL was bound to then, and nothing that anything else said.
import { afterAll, beforeEach, beforeAll, expect, test } from 'vitest'
import type { Call } from '../../src/gateway/options.js'
import { serve, type Served } from './serve.js'

const nothing: Call = () => ({ message: new Uint8Array() })
let served: Served

beforeAll(async () => {
  served = await serve(nothing, { unknownParameters: ['trace'] })
})
beforeEach(() => served.calls.splice(0))
afterAll(() => served.close())

/** What the calls were asked with, as text, and whether that was the message of an earlier call. */
function calls(from = served): [request: string, isKnown: boolean][] {
  const requests = from.calls.map(({ request }) => request as Uint8Array)
  return requests.map((request, at) => [Buffer.from(request).toString('latin1'), requests.indexOf(request) < at])
}

test('is bound once', async () => {
  for (const path of ['/v1/items/known', '/v1/items/known', '/v1/items/other', '/v1/items/known']) await served.ask(path)
  const [first, second, other, third] = calls()
  expect([first?.[1], second, other?.[1], third]).toEqual([false, [first?.[0], true], false, [first?.[0], true]])
  expect(other?.[0]).not.toBe(first?.[0])
})

test('a list with a query is known by all of it', async () => {
  const lists = ['?pageSize=1', '?pageSize=2', '?pageSize=1', '']
  for (const query of lists) await served.ask(`/v1/shelves/1/items${query}`)
  const [one, two, again, none] = calls()
  expect(again).toEqual([one?.[0], true])
  expect([two?.[1], none?.[1]]).toEqual([false, false])
  expect(new Set([one?.[0], two?.[0], none?.[0]]).size).toBe(3)
})

test.each([
  ['with parameters that are let through', '/v1/items/loose?trace=1', {}],
  ['of HEAD', '/v1/items/head', { method: 'HEAD' }],
  ['that does not read', '/v1/shelves/1/items', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
])('one %s is bound each time', async (_name, path, init) => {
  await served.ask(path, init)
  await served.ask(path, init)
  expect(calls().map(([, isKnown]) => isKnown)).toEqual([false, false])
})

test('nothing is known where nothing is kept, and no more than is kept', async () => {
  const none = await serve(nothing, { knownReadBytes: 0 })
  const few = await serve(nothing, { knownReadBytes: 8000 })
  for (const path of ['a', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a']) {
    await none.ask(`/v1/items/${path}`)
    await few.ask(`/v1/items/${path}`)
  }
  expect(calls(none).map(([, isKnown]) => isKnown)).not.toContain(true)
  expect(calls(few).map(([, isKnown]) => isKnown)).toEqual([false, true, false, false, false, false, false, false, false, false])
  await none.close()
  await few.close()
})

test('a path that is refused is refused each time', async () => {
  for (let time = 0; time < 2; time += 1) {
    expect((await served.ask('/v1/items/%ff')).status).toBe(400)
    expect((await served.ask('/v1/items/a?nothing=1')).status).toBe(400)
  }
})

test('notes on a URL are there for whoever asks for it next, and for nobody else', async () => {
  const seen: unknown[] = []
  const noting: Call = (_method, _request, { known, httpRequest }) => {
    seen.push(known === undefined ? 'no place' : known.notes)
    if (known !== undefined) known.notes = httpRequest.url
    return { message: new Uint8Array() }
  }
  const noted = await serve(noting, { unknownParameters: ['trace'] })
  for (const path of ['/v1/items/a', '/v1/items/a', '/v1/items/b', '/v1/items/a', '/v1/items/a?trace=1']) await noted.ask(path)
  await noted.ask('/v1/items/a', { method: 'HEAD' })
  expect(seen).toEqual([undefined, '/v1/items/a', undefined, '/v1/items/a', 'no place', 'no place'])
  await noted.close()
})
