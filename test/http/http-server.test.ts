// The HTTP port under clients that read slowly, send too much, or send it wrong.
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startHttpServer, type HttpLimits } from '../../src/http/http-server.js'
import { HTTP_LIMITS } from '../../src/limits.js'
import { roundThatKeeps } from '../support/in-one-round.js'

const LARGE = Buffer.alloc(64 * 1024 * 1024)
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** A connection to a server that answers with `listener`. */
async function connected(listener: RequestListener, smaller: Partial<HttpLimits> = {}): Promise<Socket> {
  const { stallMs = HTTP_LIMITS.stallMs } = smaller
  const limits = { ...HTTP_LIMITS, ...smaller, stallMs: HTTP_LIMITS.stallMs }
  const stalling: RequestListener = (request, response) => {
    // Not before: on a machine that stalls the request may take longer than that to come.
    limits.stallMs = stallMs
    listener(request, response)
  }
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, stalling, { limits })
  const socket = connect(server.port, '127.0.0.1')
  onTestFinished(async () => {
    socket.destroy()
    server.close()
    await server.drain()
  })
  await once(socket, 'connect')
  return socket
}

const ok: RequestListener = (_request, response) => {
  response.end('ok')
}

test('a client that does not read its answer loses its connection', async () => {
  const destroyed = new Promise<boolean>((resolve, reject) => {
    const listener: RequestListener = (request, response) => {
      response.once('close', () => resolve(request.socket.destroyed))
      response.end(LARGE)
    }
    connected(listener, { stallMs: 200 }).then((socket) => socket.pause().write(GET), reject)
  })
  expect(await destroyed).toBe(true)
})

test('a client that waits longer than that for its answer gets it', async () => {
  const socket = await connected(
    (_request, response) => {
      response.on('timeout', () => response.end('late'))
    },
    { stallMs: 100 },
  )
  socket.write(GET)
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  expect(chunk.toString()).toContain('late')
})

test('a client that reads slowly but steadily gets all of its answer', async () => {
  const answer = LARGE.subarray(0, 16 * 1024 * 1024)
  const readSlowly = async (): Promise<number> => {
    const socket = await connected((_request, response) => response.end(answer), { stallMs: 300 })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    let bytes = 0
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length
      await new Promise(setImmediate)
    }
    return bytes
  }
  // A machine that stalls makes any reader stall.
  expect(await roundThatKeeps((bytes) => bytes > answer.length, readSlowly)).toBeGreaterThan(answer.length)
})

test('requests of one connection run one after the other, in order', async () => {
  const running: IncomingMessage[] = []
  let most = 0
  const socket = await connected((request, response) => {
    running.push(request)
    most = Math.max(most, running.length)
    setImmediate(() => {
      running.pop()
      response.end(request.url)
    })
  })
  const paths = Array.from({ length: 20 }, (_, index) => `/${String(index).padStart(2, '0')}`)
  const last = 'GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('') + last)
  const answers = await text(socket)
  expect([...answers.matchAll(/\r\n\r\n(\/(?:\d\d|end))/g)].map(([, path]) => path)).toEqual([...paths, '/end'])
  expect(most).toBe(1)
})

test('one more connection than there may be is closed, and one that is idle for too long', async () => {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, ok, { limits: { ...HTTP_LIMITS, connections: 3, keepAliveTimeoutMs: 200, checkIntervalMs: 50 } })
  const dial = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const within = [await dial(), await dial(), await dial()]
  await once((await dial()).resume(), 'close')
  expect(within.filter(({ destroyed }) => destroyed)).toEqual([])
  const began = performance.now()
  for (const socket of within) socket.write(GET)
  await Promise.all(within.map((socket) => once(socket.resume(), 'close')))
  expect(performance.now() - began).toBeGreaterThan(150)
  server.close()
  await server.drain()
})

test('a connection with too many requests ahead of their answers is closed', async () => {
  let begun = 0
  const socket = await connected(() => (begun += 1), { pipelined: 4 })
  socket.write(GET.repeat(6))
  socket.resume()
  await once(socket, 'close')
  expect(begun).toBe(1)
})

test.each([
  [HTTP_LIMITS.headers, 'HTTP/1.1 200'],
  [HTTP_LIMITS.headers + 1, 'HTTP/1.1 431'],
])('%i headers: %s', async (count, status) => {
  const socket = await connected(ok)
  const headers = ['Host: a', 'Connection: close', ...Array.from({ length: count - 2 }, (_, index) => `X-${index}: x`)]
  socket.write(`GET / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  expect(await text(socket)).toContain(status)
})

test.each([
  ['two lengths', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 3, 'MALFORMED_REQUEST'],
  ['no HTTP', 'hello\r\n\r\n', 400, 3, 'MALFORMED_REQUEST'],
  ['large headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 8, 'HEADERS_TOO_LARGE'],
  ['many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'X: x\r\n'.repeat(100)}\r\n`, 431, 8, 'HEADERS_TOO_LARGE'],
  ['half a request', 'GET / HTTP/1.1\r\nHost: a\r\n', 408, 4, 'REQUEST_TIMEOUT', { headersTimeoutMs: 100, checkIntervalMs: 50 }],
] as const)('%#: %s', async (...[, request, status, code, reason, limits]) => {
  const socket = await connected(ok, limits)
  socket.write(request)
  const answer = await text(socket)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    code,
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'taskplane' }],
  })
})
