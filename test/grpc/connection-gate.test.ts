// Who gets into the gRPC port, and who is thrown out again.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ConnectionGate, type GateLimits } from '../../src/grpc/connection-gate.js'
import { frame, PREFACE, TYPE } from '../support/raw-http2.js'

const HOST = '127.0.0.1'

/** A gate, and a way to connect to it; `admitted` are the connections that came through. */
async function openGate(limits: Partial<GateLimits>): Promise<{ admitted: Socket[]; dial: () => Promise<Socket> }> {
  const admitted: Socket[] = []
  const gate = new ConnectionGate({ connections: 100, connectionsPerAddress: 100, firstBytesMs: 30_000, ...limits }, (socket) => {
    admitted.push(socket.resume())
  })
  const port = await gate.listen({ host: HOST, port: 0 })
  onTestFinished(() => gate.close())
  return {
    admitted,
    async dial() {
      const socket = connect(port, HOST)
      await once(socket, 'connect')
      return socket
    },
  }
}

test.each([
  ['one address', { connectionsPerAddress: 2 }],
  ['everybody', { connections: 2 }],
])('connections of %s are counted, and make room when they end', async (_name, limits) => {
  const { admitted, dial } = await openGate(limits)
  const first = await dial()
  const second = await dial()
  await once(await dial(), 'close')
  expect(admitted).toHaveLength(2)
  const closed = admitted.map((socket) => once(socket, 'close'))
  first.destroy()
  second.destroy()
  await Promise.all(closed)
  await dial()
  await expect.poll(() => admitted.length).toBe(3)
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['the preface only', PREFACE],
])('who sends %s is let go', async (_name, bytes) => {
  const { dial } = await openGate({ firstBytesMs: 100 })
  const socket = await dial()
  socket.write(bytes)
  await once(socket.resume(), 'close')
})

test('who begins with HTTP/2 stays', async () => {
  const { admitted, dial } = await openGate({ firstBytesMs: 100 })
  const silent = await dial()
  const speaking = await dial()
  speaking.write(Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0)]))
  await once(silent.resume(), 'close')
  expect(speaking.destroyed).toBe(false)
  expect(admitted.filter((socket) => !socket.destroyed)).toHaveLength(1)
})
