// The page at /docs, run over a stand-in for a browser's document: it lists what the OpenAPI document has, and calls it.
import { createContext, Script } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from './serve.js'
import type { Served } from './serve.js'

/** As much of an element as the page uses. */
class Element {
  readonly tag: string
  readonly children: (Element | string)[] = []
  value = ''
  textContent = ''
  hidden = false
  dataset: Record<string, string> = {}
  onclick: () => Promise<void> = () => Promise.resolve()

  constructor(tag: string) {
    this.tag = tag
  }

  append(...children: (Element | string)[]): void {
    this.children.push(...children)
  }

  all(tag: string): Element[] {
    return this.children.flatMap((child) => (typeof child === 'string' ? [] : [...(child.tag === tag ? [child] : []), ...child.all(tag)]))
  }
}

let served: Served
beforeAll(async () => {
  served = await serve(() => Promise.resolve({ message: Buffer.from([0x0a, 1, 0x41]) }), { openApi: { title: 'Shop', version: 'v1' } })
})
afterAll(() => served.close())

test('the page lists every operation, and calls one', async () => {
  const html = (await served.ask('/docs')).text
  const script = /<script>([^]*)<\/script>/.exec(html)?.[1] ?? ''
  const body = new Element('body')
  body.dataset = { document: /data-document="([^"]*)"/.exec(html)?.[1] ?? '', page: /data-page="([^"]*)"/.exec(html)?.[1] ?? '' }
  const asked: string[] = []
  const context = {
    document: { body, createElement: (tag: string) => new Element(tag), title: '' },
    location: { pathname: '/docs' },
    fetch: (path: string, init?: RequestInit) => {
      asked.push(`${init?.method ?? 'GET'} ${path} ${typeof init?.body === 'string' ? init.body : ''}`)
      return fetch(served.url + path, init)
    },
    URLSearchParams,
    AbortController,
    TextDecoderStream,
    encodeURIComponent,
    JSON,
    Object,
    String,
  }
  new Script(script).runInContext(createContext(context))
  await expect.poll(() => body.all('details').length).toBe(19)
  const move = body.all('details').find((details) => details.all('summary')[0]?.children.includes('/v1/shelves/{shelves_id}/items/{items_id}:move'))!
  const [shelf, item] = move.all('input')
  shelf!.value = 'a b'
  item!.value = '2'
  move.all('textarea')[0]!.value = '{"to":"x"}'
  await move.all('button')[0]!.onclick()
  expect(asked.at(-1)).toBe('POST /v1/shelves/a%20b/items/2:move {"to":"x"}')
  expect(move.all('pre')[0]!.textContent).toBe('200 OK\n\n{\n  "name": "A"\n}')
  expect(served.calls.at(-1)?.context.metadata['authorization']).toBeUndefined()
  const token = body.all('label').find((label) => label.children.includes('token '))!.all('input')[0]!
  token.value = 'abc'
  await move.all('button')[0]!.onclick()
  expect(served.calls.at(-1)?.context.metadata['authorization']).toEqual(['Bearer abc'])
})
