// The gRPC port under clients that mean harm: the process lives, its memory is bounded, and others are answered.
import { connect as connectHttp2 } from 'node:http2'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ListTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { GRPC_LIMITS } from '../../src/limits.js'
import { HTTP2_FLOODS, pour, RAPID_RESET } from '../support/http2-floods.js'
import { framed, statusOf } from '../support/grpc-message.js'
import { expectInOneRound } from '../support/in-one-round.js'
import { residentMib } from '../support/process-memory.js'
import { rawCall } from '../support/raw-grpc.js'
import { callHeaders, END_HEADERS, frame, PREFACE, RawHttp2, REFUSED_STREAM, TYPE } from '../support/raw-http2.js'
import { PATIENT, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'

const HEALTH = 'grpc.health.v1.Health/Check'
const LIST = 'openshift.v1.TaskService/ListTasks'
const RESOURCE_EXHAUSTED = 8
const LIST_REQUEST = ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId: 'hostile' })).finish()
const SERVING = Buffer.from([8, 1])
const NOT_SERVING = Buffer.from([8, 2])

const directory = suiteDirectory()
let server: ServerProcess
let before = 0
const open: RawHttp2[] = []

beforeAll(async () => {
  server = await startServer(directory())
  await rawCall(server.addresses.grpc, LIST, LIST_REQUEST)
})

afterAll(async () => {
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

beforeEach(() => {
  before = residentMib(server.pid)
})

afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await expectHealthy()
  expect(residentMib(server.pid) - before).toBeLessThan(64)
})

/** Milliseconds that a health check takes somebody else. */
async function healthMs(): Promise<number> {
  const started = performance.now()
  const answer = await rawCall(server.addresses.grpc, HEALTH, new Uint8Array())
  // A disk with other things to do may keep a server from being ready.
  expect([SERVING, NOT_SERVING]).toContainEqual(answer)
  return performance.now() - started
}

const expectHealthy = (): Promise<void> => expectInOneRound({ healthMs: 1000 }, async () => ({ healthMs: await healthMs() }))

/** A connection that has begun as it should. */
async function connected(): Promise<RawHttp2> {
  const connection = await RawHttp2.greeted(server.addresses.grpc)
  open.push(connection)
  return connection
}

describe('messages over the limit', () => {
  test('262,144 bytes are read, one more is refused', async () => {
    await expect(rawCall(server.addresses.grpc, LIST, Buffer.alloc(262_144))).rejects.toMatchObject({ code: 3 })
    await expect(rawCall(server.addresses.grpc, LIST, Buffer.alloc(262_145))).rejects.toMatchObject({ code: RESOURCE_EXHAUSTED })
  })

  test.each([
    ['4 GiB that are claimed', () => framed(0xffff_ffff, Buffer.alloc(1000)), {}],
    ['one byte over the limit that is claimed', () => framed(262_145, Buffer.alloc(1000)), {}],
    ['128 MiB in gzip', () => bomb(), { 'grpc-encoding': 'gzip' }],
  ])('%s', async (_name, body, headers) => {
    expect(await statusOf(server.addresses.grpc, body(), headers)).toBe(RESOURCE_EXHAUSTED)
  })

  const bomb = (): Buffer => {
    const bytes = gzipSync(Buffer.alloc(128 * 1024 * 1024))
    return framed(bytes.length, bytes, 1)
  }
})

describe('calls that are none (CVE-2026-48068, CVE-2026-48069)', () => {
  const SOUND = framed(LIST_REQUEST.length, LIST_REQUEST)

  /** What becomes of a call whose body ends: the status of gRPC, or that of HTTP where there is none. */
  async function outcomeOf(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<string> {
    const session = connectHttp2(`http://${server.addresses.grpc}`)
    session.on('error', () => undefined)
    const stream = session.request({ ':method': 'POST', ':path': `/${LIST}`, 'content-type': 'application/grpc', te: 'trailers', ...headers })
    let outcome = 'reset'
    const heard = (received: Readonly<Record<string, unknown>>): void => {
      outcome = 'grpc-status' in received ? `grpc ${String(received['grpc-status'])}` : ':status' in received ? `http ${String(received[':status'])}` : outcome
    }
    stream.on('response', heard).on('trailers', heard).on('error', () => undefined)
    stream.resume().end(body)
    await once(stream, 'close')
    session.destroy()
    return outcome
  }

  test.each<[string, Uint8Array, Readonly<Record<string, string>>, string]>([
    ['a sound one', SOUND, {}, 'grpc 0'],
    ['of another content type', SOUND, { 'content-type': 'text/plain' }, 'http 415'],
    ['of a method that is not there', SOUND, { ':path': '/a.B/C' }, 'grpc 12'],
    ['without a message', Buffer.alloc(0), {}, 'grpc 12'],
    ['with two messages', Buffer.concat([SOUND, SOUND]), {}, 'grpc 12'],
    ['with a part of a head', SOUND.subarray(0, 3), {}, 'grpc 12'],
    ['with a part of a message', SOUND.subarray(0, SOUND.length - 1), {}, 'grpc 12'],
    // grpc-js takes the bytes as they are, unless the flag is 1 and an encoding is named.
    ['compressed, but not saying how', framed(LIST_REQUEST.length, LIST_REQUEST, 1), {}, 'grpc 0'],
    ['with a flag that is none', framed(LIST_REQUEST.length, LIST_REQUEST, 7), {}, 'grpc 0'],
    ['with what is no gzip', framed(LIST_REQUEST.length, LIST_REQUEST, 1), { 'grpc-encoding': 'gzip' }, 'grpc 13'],
    ['in an encoding that nobody knows', framed(LIST_REQUEST.length, LIST_REQUEST, 1), { 'grpc-encoding': 'snappy' }, 'grpc 12'],
  ])('%s', async (_name, body, headers, expected) => {
    expect(await outcomeOf(body, headers)).toBe(expected)
  })

  test.each([
    ['of another content type', { 'content-type': 'text/plain' }],
    ['of a method that is not there', { ':path': '/a.B/C' }],
    ['in an encoding that nobody knows', { 'grpc-encoding': 'snappy' }],
  ])('%s, from a client that leaves at once', async (_name, headers) => {
    const session = connectHttp2(`http://${server.addresses.grpc}`)
    session.on('error', () => undefined)
    await once(session, 'connect')
    for (let call = 0; call < 50; call += 1) {
      const stream = session.request({ ':method': 'POST', ':path': `/${LIST}`, 'content-type': 'application/grpc', te: 'trailers', ...headers })
      stream.on('error', () => undefined)
      stream.write(SOUND)
      stream.close(8)
    }
    // Answered after them, on the same connection.
    const ping = await new Promise((resolve) => session.ping((error) => resolve(error)))
    expect(ping).toBeNull()
    session.destroy()
  })
})

describe('too much at once', () => {
  test(`of 5,000 calls on one connection ${GRPC_LIMITS.concurrentStreams} are open, the others refused`, () =>
    expectInOneRound({ healthMs: 1000 }, async () => {
      const connection = await connected()
      for (let sent = 0; sent < 5000; sent += 500) {
        await connection.send(...Array.from({ length: 500 }, (_, i) => callHeaders(2 * (sent + i) + 1, `/${LIST}`)))
      }
      const measured = { healthMs: await healthMs() }
      const isRefusal = ({ type, payload }: (typeof connection.frames)[number]): boolean =>
        type === TYPE.reset && payload.readUInt32BE(0) === REFUSED_STREAM
      const refused = (): number => connection.frames.filter(isRefusal).length
      await connection.until(() => refused() >= 4900)
      expect(refused() >= 4900 || connection.isClosed).toBe(true)
      return measured
    }))

  test('of 2,000 lists each is answered or refused', () =>
    expectInOneRound({ healthMs: 2000 }, async () => {
      const session = Array.from({ length: 20 }, () => connectHttp2(`http://${server.addresses.grpc}`))
      const body = Buffer.concat([Buffer.from([0, 0, 0, 0, LIST_REQUEST.length]), LIST_REQUEST])
      const lists = Array.from({ length: 2000 }, async (_, i) => {
        const head = { ':method': 'POST', ':path': `/${LIST}`, 'content-type': 'application/grpc', te: 'trailers' }
        const stream = session[i % 20]!.request(head)
        // A refusal is all in the headers.
        const headers = once(stream, 'response') as Promise<[Record<string, string>]>
        const trailers = once(stream, 'trailers') as Promise<[Record<string, string>]>
        stream.resume().end(body)
        const [{ 'grpc-status': refusal }] = await headers
        return Number(refusal ?? (await trailers)[0]['grpc-status'])
      })
      const measured = { healthMs: await healthMs() }
      const statuses = new Set(await Promise.all(lists))
      expect([...statuses].filter((status) => ![0, RESOURCE_EXHAUSTED].includes(status))).toEqual([])
      for (const one of session) one.destroy()
      return measured
    }))
})

describe('connections that are of no use', () => {
  test('silent ones and those with the preface only are closed, and from one address there are 200', async () => {
    const connections = await Promise.all(Array.from({ length: 240 }, () => RawHttp2.to(server.addresses.grpc)))
    open.push(...connections)
    await Promise.all(connections.filter((_, i) => i % 2 === 0).map((connection) => connection.send(PREFACE)))
    await expect.poll(() => connections.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(40)
    expect(connections.filter(({ isClosed }) => !isClosed).length).toBeGreaterThan(100)
    await Promise.all(connections.map((connection) => connection.untilClosed()))
    await expectHealthy()
  })

  test('what is not HTTP/2 is closed at once', async () => {
    const connection = await RawHttp2.to(server.addresses.grpc)
    await connection.send(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    await connection.untilClosed()
  })
})

// What a connection may make the server remember is bounded by sessionMemoryMb.
describe('floods', () => {
  test.each(HTTP2_FLOODS)('$name', (flood) =>
    expectInOneRound({ healthMs: 1000 }, async () => {
      const connection = await connected()
      const health = healthMs()
      const poured = pour(connection, flood, flood.count)
      // A server that hears no more takes nothing either.
      await (flood === RAPID_RESET ? connection.until((frames) => frames.some(({ type }) => type === TYPE.goAway)) : poured)
      const measured = { healthMs: await health }
      if (flood.endsConnection) await connection.untilClosed()
      return measured
    }))

  test('streams that are reset at once, on a connection that is closed when it does not answer any more', async () => {
    const patient = await startServer(temporaryDirectory(), { limits: `${PATIENT},grpc.keepaliveTimeMs=1000,grpc.keepaliveTimeoutMs=1000` })
    const connection = await RawHttp2.greeted(patient.addresses.grpc)
    open.push(connection)
    const poured = pour(connection, RAPID_RESET, RAPID_RESET.count)
    await connection.until((frames) => frames.some(({ type }) => type === TYPE.goAway))
    const deaf = performance.now()
    await connection.untilClosed()
    expect(performance.now() - deaf).toBeLessThan(15_000)
    await poured
    expect(await patient.stop()).toBe(0)
  })

  test.each([
    ['pings', () => frame(TYPE.ping, 0, 0, Buffer.alloc(8))],
    ['settings', () => frame(TYPE.settings, 0, 0)],
  ])('%s from a client that does not read the answers', async (_name, bytes) => {
    const connection = await connected()
    connection.socket.pause()
    const many = Array.from({ length: 500 }, bytes)
    for (let i = 0; i < 400 && !connection.isClosed; i += 1) {
      if (connection.socket.writableNeedDrain) break
      void connection.send(...many)
      await new Promise(setImmediate)
    }
    await expectHealthy()
  })

  test('a header block larger than any header may be', async () => {
    const connection = await connected()
    await connection.send(frame(TYPE.headers, 0, 1, Buffer.from([0, 1, 0x61])))
    const value = Buffer.concat([Buffer.from([0, 1, 0x61, 0x7f, 0x81, 0x7d]), Buffer.alloc(16_000, 'b')])
    for (let i = 0; i < 50 && !connection.isClosed; i += 1) await connection.send(frame(TYPE.continuation, i === 49 ? END_HEADERS : 0, 1, value))
    await connection.until((frames) => frames.some(({ type }) => type === TYPE.goAway || type === TYPE.reset))
  })
})
