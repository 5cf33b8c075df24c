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

const OTHER = { title: 'The "other" one', path: '/other.json' }

let served: Served
beforeAll(async () => {
  const openApi = { title: 'Shop', version: 'v1', others: [OTHER] }
  served = await serve(() => Promise.resolve({ message: Buffer.from([0x0a, 1, 0x41]) }), { openApi })
})
afterAll(() => served.close())

/** Runs the page as it is opened with `search`; what it asks for goes to `fetch`. */
async function open(search: string, ask: typeof fetch): Promise<Element> {
  const html = (await served.ask('/docs')).text
  const script = /<script>([^]*)<\/script>/.exec(html)?.[1] ?? ''
  const attribute = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(html)?.[1]?.replaceAll('&quot;', '"') ?? ''
  const body = new Element('body')
  body.dataset = { documents: attribute('data-documents'), page: attribute('data-page') }
  const context = {
    document: { body, createElement: (tag: string) => new Element(tag), title: '' },
    location: { pathname: '/docs', search },
    fetch: ask,
    URLSearchParams,
    AbortController,
    TextDecoderStream,
    encodeURIComponent,
    JSON,
    Number,
    Object,
    String,
  }
  new Script(script).runInContext(createContext(context))
  return body
}

test('the page lists every operation, and calls one', async () => {
  const asked: string[] = []
  const body = await open('', (path, init) => {
    asked.push(`${init?.method ?? 'GET'} ${path as string} ${typeof init?.body === 'string' ? init.body : ''}`)
    return fetch(served.url + (path as string), init)
  })
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

test('the page links other documents, and shows the one it is asked for', async () => {
  const document = { info: { title: OTHER.title, version: 'v2' }, tags: [], paths: {} }
  const asked: unknown[] = []
  const body = await open('?api=1', (path) => {
    asked.push(path)
    return Promise.resolve(Response.json(document))
  })
  await expect.poll(() => body.all('h1').map(({ textContent }) => textContent)).toEqual([`${OTHER.title} v2`])
  expect(asked).toEqual([OTHER.path])
  expect(body.all('nav')[0]!.all('a').map(({ textContent }) => textContent)).toEqual(['Shop', OTHER.title])
})

test('the page calls an operation that takes a header, and is answered with another status than 200', async () => {
  const operation = {
    tags: ['t'],
    parameters: [{ name: 'Idempotency-Key', in: 'header', schema: {} }],
    responses: { 202: { content: { 'application/json': {} } }, default: { content: { 'text/plain': {} } } },
  }
  const document = { info: { title: OTHER.title, version: 'v2' }, tags: [{ name: 't' }], paths: { '/jobs': { post: operation } } }
  const sent: unknown[] = []
  const body = await open('?api=1', (path, init) => {
    if (init === undefined) return Promise.resolve(Response.json(document))
    sent.push(path, init.headers)
    return Promise.resolve(new Response('{}', { status: 202 }))
  })
  await expect.poll(() => body.all('button').length).toBe(2)
  body.all('input').at(-1)!.value = 'k-1'
  await body.all('button')[0]!.onclick()
  expect(sent).toEqual(['/jobs', expect.objectContaining({ 'Idempotency-Key': 'k-1' })])
})
