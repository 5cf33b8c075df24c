// The files of the console as the server gives them out: small, cached as they may be, and nothing but themselves.
import { gzipSync } from 'node:zlib'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConsoleFiles } from '../../src/http/console-files.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
const files = readConsoleFiles()
const names = [...files.keys()]
const index = files.get('index.html')?.body.toString() ?? ''
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

test('all scripts together take less than 100 KiB compressed', () => {
  const scripts = names.filter((name) => name.endsWith('.js')).map((name) => gzipSync(files.get(name)?.body ?? '').length)
  expect(scripts.length).toBeGreaterThan(0)
  expect(scripts.reduce((sum, length) => sum + length, 0)).toBeLessThan(100 * 1024)
})

test('the page has no script and no style of its own, and names nothing elsewhere', () => {
  expect([...index.matchAll(/<script(?![^>]* src=)/g), ...index.matchAll(/<style| style=| on\w+=/g)]).toEqual([])
  const named = [...index.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = '']) => url)
  expect(named.map((url) => url.replace('/console/', '')).filter((name) => !files.has(name))).toEqual([])
})

test('the page runs what is its own, and talks to this server alone', async () => {
  const { headers } = await fetch(`${server.url}/console`)
  const policy = headers.get('content-security-policy')?.split('; ') ?? []
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]))
  expect(policy.join(' ')).not.toMatch(/unsafe|\*|https?:/)
  expect([headers.get('referrer-policy'), headers.get('x-content-type-options')]).toEqual(['no-referrer', 'nosniff'])
})

describe('every place in the console is the page', () => {
  for (const path of ['', '/', '/vdc-1', '/vdc-1/tasks?status=FAILED', '/vdc-1/tasks/t1', '/assets', '/index.js', '/-/signed-in']) {
    test(`/console${path}`, async () => {
      const response = await fetch(`${server.url}/console${path}`)
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'text/html; charset=utf-8', index])
    })
  }
})

test('a file with a hash in its name is kept for good; the page is asked for again, and answered shortly', async () => {
  const script = names.find((name) => name.endsWith('.js')) ?? ''
  const first = await fetch(`${server.url}/console/${script}`)
  expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(first.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  const page = await fetch(`${server.url}/console`)
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const again = await fetch(`${server.url}/console`, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })
  expect([again.status, await again.text()]).toEqual([304, ''])
})

test('what can be compressed is', async () => {
  const script = names.find((name) => name.endsWith('.js')) ?? ''
  for (const encoding of ['br', 'gzip']) {
    const response = await fetch(`${server.url}/console/${script}`, { headers: { 'accept-encoding': encoding } })
    expect([response.headers.get('content-encoding'), response.headers.get('vary')]).toEqual([encoding, 'accept-encoding'])
    expect(await response.text()).toBe(files.get(script)?.body.toString())
  }
})

/** The status of a path that is sent as it is, and the beginning of the answer. */
async function raw(path: string): Promise<{ readonly status: number; readonly body: string }> {
  const { host } = new URL(server.url)
  const [hostname, port] = host.split(':')
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
      .once('error', reject)
      .end()
  })
}

describe('there is no way to another file', () => {
  for (const path of ['/console/../package.json', '/console/-/../../src/main.js', '/console/-/%2e%2e/%2e%2e/package.json', '/console/-/..%2findex.html', '/console/-/.env.js']) {
    test(path, async () => {
      const { status, body } = await raw(path)
      expect([404, 200]).toContain(status)
      if (status === 200) expect(body).toBe(index)
    })
  }

  test('a file that is not there is not the page', async () => {
    expect((await fetch(`${server.url}/console/-/gone-12345678.js`)).status).toBe(404)
  })
})

test('nothing can be sent to it', async () => {
  const response = await fetch(`${server.url}/console`, { method: 'POST', body: '{}' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('it says what the page has to know', async () => {
  const response = await fetch(`${server.url}/console/-/settings.json`)
  const { grpc } = server.addresses
  expect(await response.json()).toEqual({ grpcPort: Number(grpc.slice(grpc.lastIndexOf(':') + 1)), needsToken: false })
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test('a console that was not built keeps the server from starting, and says so', () => {
  const empty = mkdtempSync(join(tmpdir(), 'taskplane-test-'))
  expect(() => readConsoleFiles(empty)).toThrow(/npm run build/)
  rmSync(empty, { recursive: true })
})
