// Who gets into the gRPC port, and who is thrown out again.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FileWatch } from '../../src/auth/file-watch.js'
import { makeSecureContext, ServerTls } from '../../src/auth/server-tls.js'
import { ConnectionGate, type GateLimits } from '../../src/grpc/connection-gate.js'
import { TLS_LIMITS } from '../../src/limits.js'
import { CertificateMaker } from '../support/certificates.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { frame, PREFACE, TYPE } from '../support/raw-http2.js'

const HOST = '127.0.0.1'
const FIRST_BYTES_MS = 100
const FIRST_BYTES = Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0)])

/** A gate, and a way to connect to it; `admitted` are the connections that came through. */
async function openGate(limits: Partial<GateLimits>, tls?: ServerTls): Promise<{ admitted: Socket[]; dial: () => Promise<Socket> }> {
  const admitted: Socket[] = []
  const gate = new ConnectionGate({ connections: 100, connectionsPerAddress: 100, firstBytesMs: 30_000, ...limits }, (socket) => admitted.push(socket.resume()), tls)
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

/** Resolves once a connection has ended, in whatever way. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined).resume()
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** Lets the time of the gate stand still, however long the machine does; `pass` lets it go on once somebody has spoken. */
function stopTime(admitted: readonly Socket[]): { readonly pass: () => Promise<void> } {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return {
    async pass() {
      await expect.poll(() => admitted.some(({ bytesRead }) => bytesRead >= FIRST_BYTES.length)).toBe(true)
      vi.advanceTimersByTime(FIRST_BYTES_MS)
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
  await closed(await dial())
  expect(admitted).toHaveLength(2)
  const left = admitted.map(closed)
  first.destroy()
  second.destroy()
  await Promise.all(left)
  await dial()
  await expect.poll(() => admitted.length).toBe(3)
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['the preface only', PREFACE],
])('who sends %s is let go', async (_name, bytes) => {
  const { dial } = await openGate({ firstBytesMs: FIRST_BYTES_MS })
  const socket = await dial()
  socket.write(bytes)
  await closed(socket)
})

test('who begins with HTTP/2 stays', async () => {
  const { admitted, dial } = await openGate({ firstBytesMs: FIRST_BYTES_MS })
  const time = stopTime(admitted)
  const silent = await dial()
  const speaking = await dial()
  speaking.write(FIRST_BYTES)
  await time.pass()
  await closed(silent)
  expect(speaking.destroyed).toBe(false)
  expect(admitted.filter((socket) => !socket.destroyed)).toHaveLength(1)
})

describe('with TLS', () => {
  function serverTls(): { readonly tls: ServerTls; readonly ca: Buffer } {
    const maker = new CertificateMaker(temporaryDirectory())
    const authority = maker.authority('ca')
    const { cert, key } = maker.server(authority)
    const onFault = (error: unknown): void => expect.fail(String(error))
    return { tls: new ServerTls(new FileWatch({ paths: [cert, key], make: makeSecureContext, onFault }), 'none'), ca: readFileSync(authority.cert) }
  }

  test('handshakes are counted', async () => {
    const { tls } = serverTls()
    const { admitted, dial } = await openGate({ connectionsPerAddress: 1 }, tls)
    await dial()
    await closed(await dial())
    expect(admitted).toEqual([])
  })

  test('who does not finish the handshake is let go', async () => {
    smallerLimits(TLS_LIMITS, { handshakeMs: 100 })
    const { tls } = serverTls()
    const { admitted, dial } = await openGate({}, tls)
    const silentClosed = closed(await dial())
    const chatting = await dial()
    // The head of a record that never comes.
    chatting.write(Buffer.from([0x16, 3, 1, 2, 0]))
    await Promise.all([silentClosed, closed(chatting)])
    expect(admitted).toEqual([])
  })

  test('who is silent after the handshake is let go, and who begins with HTTP/2 stays', async () => {
    const { tls, ca } = serverTls()
    const { admitted, dial } = await openGate({ firstBytesMs: FIRST_BYTES_MS }, tls)
    const time = stopTime(admitted)
    const secure = async (): Promise<TLSSocket> => {
      const socket = connectTls({ socket: await dial(), ca, servername: 'localhost', ALPNProtocols: ['h2'] })
      await once(socket, 'secureConnect')
      return socket
    }
    const [silent, speaking] = [await secure(), await secure()]
    speaking.write(FIRST_BYTES)
    await time.pass()
    await closed(silent)
    await expect.poll(() => admitted.filter((socket) => !socket.destroyed)).toHaveLength(1)
    expect(speaking.destroyed).toBe(false)
    speaking.destroy()
  })

  test('who speaks no HTTP/2 is let go', async () => {
    const { tls, ca } = serverTls()
    const { admitted, dial } = await openGate({}, tls)
    const socket = connectTls({ socket: await dial(), ca, servername: 'localhost', ALPNProtocols: ['http/1.1'] })
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
    expect(admitted).toEqual([])
  })
})
