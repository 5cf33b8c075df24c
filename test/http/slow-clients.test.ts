// Clients that take all the time in the world: they are let go in time, and others do not notice.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startHttpServer, type HttpLimits, type HttpServer } from '../../src/http/http-server.js'
import { HTTP_LIMITS } from '../../src/limits.js'
import { roundThatKeeps } from '../support/in-one-round.js'

const HOST = '127.0.0.1'
const CLIENTS = 300
const SHORT = { headersTimeoutMs: 1000, requestTimeoutMs: 2000, stallMs: 1500, checkIntervalMs: 100 }
const LARGE = Buffer.alloc(8 * 1024 * 1024)

let server: HttpServer
const clients: Socket[] = []
let cutOff = 0

beforeEach(() => {
  cutOff = 0
})

/** Starts the server; `onLarge` hears of requests for much. */
async function start(limits: HttpLimits, onLarge: () => void = () => undefined): Promise<void> {
  server = await startHttpServer(
    { host: HOST, port: 0 },
    (request, response) => {
      request.resume()
      if (request.url === '/large') {
        onLarge()
        response.once('close', () => (cutOff += request.socket.destroyed ? 1 : 0))
        response.end(LARGE)
      } else request.once('end', () => response.end('ok'))
      request.once('error', () => response.destroy())
    },
    { limits },
  )
}

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

/** What somebody else is answered. */
async function ask(): Promise<string> {
  return (await fetch(`http://${HOST}:${server.port}/`)).text()
}

/** What goes wrong with 300 that are slow and somebody else: who is answered before any of them is let go did not wait for them. */
async function wrongWith(first: string, more: string): Promise<string[]> {
  const slow = await Promise.all(Array.from({ length: CLIENTS }, dial))
  const began = performance.now()
  const answers = Promise.all(slow.map((client) => drip(client, first, more)))
  const other = await ask().catch(String)
  const gone = slow.filter(({ destroyed }) => destroyed).length
  const told = (await answers).filter((answer) => answer !== '')
  for (const answer of told) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"reason":"REQUEST_TIMEOUT"/)
  const ms = performance.now() - began
  return [
    ...(other === 'ok' ? [] : [`somebody else is told: ${other}`]),
    ...(gone === 0 ? [] : [`${gone} are let go before somebody else is answered`]),
    ...(ms < HTTP_LIMITS.headersTimeoutMs / 2 ? [] : [`they are let go after ${ms} ms`]),
  ]
}

test.each([
  ['say nothing', '', ''],
  ['never end their headers', 'GET / HTTP/1.1\r\nHost: a\r\n', 'x-a: b\r\n'],
  ['never end their bodies', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n', 'x'],
  ['never end their chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
])('300 that %s are refused in time', async (_name, first, more) => {
  await start({ ...HTTP_LIMITS, ...SHORT })
  expect(await roundThatKeeps(({ length }) => length === 0, () => wrongWith(first, more))).toEqual([])
})

test('300 that do not read their answers are closed in time', async () => {
  const limits = { ...HTTP_LIMITS }
  // Not before, nor while connections come: on a machine that stalls a request may take longer than that.
  await start(limits, () => (limits.stallMs = 500))
  const slow = await Promise.all(Array.from({ length: CLIENTS }, dial))
  await expect.poll(() => server.connections).toBe(CLIENTS)
  for (const client of slow) client.pause().write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => cutOff, { timeout: 20_000 }).toBe(CLIENTS)
  limits.stallMs = HTTP_LIMITS.stallMs
  expect(await ask()).toBe('ok')
})
