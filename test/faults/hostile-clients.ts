// Clients that mean harm, as many and as much as one machine can be: memory stays bounded, and others are served. Prints what
// it measures. Run by `npm run faults`.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { ChannelCredentials } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskServiceClient, WatchTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { GRPC_LIMITS, WATCH_LIMITS } from '../../src/limits.js'
import { HTTP2_FLOODS, pour } from '../support/http2-floods.js'
import { callHeaders, RawHttp2 } from '../support/raw-http2.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { underAttack, type AttackReport } from '../support/under-attack.js'

/** What a process may hold in all, in MiB. */
const MEMORY_MIB = 512
/** Milliseconds within which others are answered. */
const OTHERS_P99_MS = 300

const directory = suiteDirectory()
const closing: (() => void)[] = []
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory(), { limits: 'shutdown.delayMs=0,shutdown.spreadMs=0' })
})

afterEach(() => closing.splice(0).forEach((close) => close()))

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`http://${address}`)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  closing.push(() => socket.destroy())
  return socket
}

function expectHarmless(name: string, { peakMib, growthMib, others }: AttackReport, mostGrowthMib: number): void {
  console.log(`${name}: peak ${peakMib.toFixed(0)} MiB (+${growthMib.toFixed(0)}), others p50 ${others.p50.toFixed(0)} ms, p99 ${others.p99.toFixed(0)} ms of ${others.calls}`)
  expect(others.failures).toEqual({})
  expect(others.p99).toBeLessThan(OTHERS_P99_MS)
  expect(growthMib).toBeLessThan(mostGrowthMib)
  expect(peakMib).toBeLessThan(MEMORY_MIB)
}

describe('floods of HTTP/2', () => {
  test.each(HTTP2_FLOODS)('$name', async (flood) => {
    const connection = await RawHttp2.greeted(server.addresses.grpc)
    closing.push(() => connection.close())
    expectHarmless(flood.name, await underAttack(server, () => pour(connection, flood, 10 * flood.count)), 64)
  })

  test('calls without a body', async () => {
    const attack = async (): Promise<void> => {
      const connections = await Promise.all(Array.from({ length: 20 }, () => RawHttp2.greeted(server.addresses.grpc)))
      closing.push(() => connections.forEach((connection) => connection.close()))
      const flood = { name: '', count: 0, endsConnection: false, frames: (i: number) => callHeaders(2 * i + 1, '/openshift.v1.TaskService/ListTasks') }
      await Promise.all(connections.map((connection) => pour(connection, flood, 1000)))
      await pause(1000)
    }
    expectHarmless('20,000 calls without a body', await underAttack(server, attack), 64)
  })
})

describe('slow clients', () => {
  const TASKS = 'openshift/v1/slow/tasks'
  test.each([
    ['500 that say nothing', '', ''],
    ['500 that send a header now and then', `GET /${TASKS} HTTP/1.1\r\nHost: a\r\n`, 'x-a: b\r\n'],
    ['500 that send a byte of a body now and then', `POST /${TASKS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n`, ' '],
  ])('%s are gone in time', async (name, start, more) => {
    const attack = async (): Promise<void> => {
      const sockets = await Promise.all(Array.from({ length: 500 }, () => dial(server.addresses.http)))
      const timer = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write(more)), 1000)
      const closed = sockets.map((socket) => once(socket.resume(), 'close'))
      for (const socket of sockets) socket.write(start)
      await Promise.all(closed)
      clearInterval(timer)
    }
    const began = performance.now()
    expectHarmless(name, await underAttack(server, attack), 64)
    expect(performance.now() - began).toBeLessThan(45_000)
  })

  test('1,000 connections that say nothing to the gRPC port', async () => {
    const attack = async (): Promise<void> => {
      const sockets = await Promise.all(Array.from({ length: 1000 }, () => dial(server.addresses.grpc)))
      await Promise.all(sockets.filter(({ destroyed }) => !destroyed).map((socket) => once(socket.resume(), 'close')))
    }
    const began = performance.now()
    expectHarmless('1,000 silent connections', await underAttack(server, attack), 64)
    expect(performance.now() - began).toBeLessThan(GRPC_LIMITS.firstBytesMs + 5000)
  })
})

describe('readers that read nothing', () => {
  const INSTANCES = ['deaf-1', 'deaf-2']
  const EVENTS = 200
  const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(60_000) }

  async function writeEvents(): Promise<void> {
    const client = new TaskplaneClient(server.addresses.grpc)
    for (let event = 0; event < EVENTS; event += 1) {
      await Promise.all(INSTANCES.map((serviceInstanceId) => client.create({ serviceInstanceId, task: Task.create({ command: 'c', metadata }) })))
    }
    client.close()
  }

  test('400 over HTTP', async () => {
    const attack = async (): Promise<void> => {
      for (const instance of INSTANCES) {
        for (let reader = 0; reader < WATCH_LIMITS.tenantWatchers; reader += 1) {
          const socket = await dial(server.addresses.http)
          socket.pause().write(`GET /openshift/v1/${instance}/tasks:watch HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`)
        }
        await pause(2000)
      }
      await writeEvents()
    }
    expectHarmless('400 readers of events over HTTP', await underAttack(server, attack), 256)
  })

  test('400 over gRPC', async () => {
    const attack = async (): Promise<void> => {
      for (const serviceInstanceId of INSTANCES) {
        for (let channel = 0; channel < 4; channel += 1) {
          const proxy = await startTcpProxy(server.addresses.grpc)
          const client = new TaskServiceClient(proxy.address, ChannelCredentials.createInsecure())
          closing.push(() => client.close(), () => proxy.close())
          const streams = Array.from({ length: WATCH_LIMITS.tenantWatchers / 4 }, () => client.watchTasks(WatchTasksRequest.create({ serviceInstanceId })))
          for (const stream of streams) stream.on('error', () => undefined)
          await Promise.all(streams.map((stream) => once(stream, 'data')))
          proxy.hold()
        }
      }
      await writeEvents()
    }
    expectHarmless('400 readers of events over gRPC', await underAttack(server, attack), 256)
  })
})
