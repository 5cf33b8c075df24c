// Clients that take all the time in the world: they are let go in time, and others do not notice.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHttpServer, type HttpServer } from '../../src/http/http-server.js'
import { HTTP_LIMITS } from '../../src/limits.js'

const HOST = '127.0.0.1'
const CLIENTS = 300
const SHORT = { headersTimeoutMs: 300, requestTimeoutMs: 600, stallMs: 500, checkIntervalMs: 100 }
const LARGE = Buffer.alloc(8 * 1024 * 1024)

let server: HttpServer
const clients: Socket[] = []
let cutOff = 0

beforeEach(async () => {
  cutOff = 0
  server = await startHttpServer(
    { host: HOST, port: 0 },
    (request, response) => {
      request.resume()
      if (request.url === '/large') {
        response.once('close', () => (cutOff += request.socket.destroyed ? 1 : 0))
        response.end(LARGE)
      } else request.once('end', () => response.end('ok'))
      request.once('error', () => response.destroy())
    },
    { limits: { ...HTTP_LIMITS, ...SHORT } },
  )
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  server.close()
  await server.drain()
})

async function dial(): Promise<Socket> {
  const client = connect(server.port, HOST)
  client.on('error', () => undefined)
  clients.push(client)
  await once(client, 'connect')
  return client
}

/** Sends a byte now and then until the connection is closed; resolves with what was answered. */
async function drip(client: Socket, start: string, more: string): Promise<string> {
  client.write(start)
  const timer = setInterval(() => client.write(more), 50)
  try {
    return await text(client).catch(() => '')
  } finally {
    clearInterval(timer)
  }
}

test.each([
  ['say nothing', '', ''],
  ['never end their headers', 'GET / HTTP/1.1\r\nHost: a\r\n', 'x-a: b\r\n'],
  ['never end their bodies', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n', 'x'],
  ['never end their chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
])('300 that %s are refused in time', async (_name, start, more) => {
  const slow = await Promise.all(Array.from({ length: CLIENTS }, dial))
  const answers = Promise.all(slow.map((client) => drip(client, start, more)))
  const started = performance.now()
  expect(await (await fetch(`http://${HOST}:${server.port}/`)).text()).toBe('ok')
  expect(performance.now() - started).toBeLessThan(1000)
  const told = (await answers).filter((answer) => answer !== '')
  for (const answer of told) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"reason":"REQUEST_TIMEOUT"/)
})

test('300 that do not read their answers are closed in time', async () => {
  const slow = await Promise.all(Array.from({ length: CLIENTS }, dial))
  for (const client of slow) client.pause().write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => cutOff, { timeout: 10_000 }).toBe(CLIENTS)
  expect(await (await fetch(`http://${HOST}:${server.port}/`)).text()).toBe('ok')
})
