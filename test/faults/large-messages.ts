// Messages and bodies that are too large, or claim or become so: refused soon, without memory, and without anybody else waiting.
// Prints what it measures. Run by `npm run faults`.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GRPC_LIMITS } from '../../src/limits.js'
import { framed, statusOf } from '../support/grpc-message.js'
import { hostileBodies } from '../support/hostile-bodies.js'
import { exchange } from '../support/raw-http1.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { underAttack } from '../support/under-attack.js'

const RESOURCE_EXHAUSTED = 8
const GIB = 1024 ** 3
/** Milliseconds within which one is refused, and within which others are answered meanwhile. */
const SOON_MS = 100

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory(), { limits: 'shutdown.delayMs=0,shutdown.spreadMs=0' })
  // What a process takes once, whoever calls.
  await underAttack(server, () => statusOf(server.addresses.grpc, framed(GRPC_LIMITS.receiveBytes + 1, Buffer.alloc(1000))))
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** Sends one, and expects that it was refused in time and that the process took at most `mostGrowthMib` more. */
async function expectRefused<Answer>(name: string, send: () => Promise<Answer>, mostGrowthMib: number): Promise<Answer | undefined> {
  let answer: Answer | undefined
  let ms = NaN
  const { growthMib, others } = await underAttack(server, async () => {
    const began = performance.now()
    answer = await send()
    ms = performance.now() - began
  })
  console.log(`${name}: refused after ${ms.toFixed(0)} ms, +${growthMib.toFixed(0)} MiB, others p99 ${others.p99.toFixed(0)} ms, at most ${others.max.toFixed(0)} ms`)
  expect(ms).toBeLessThan(SOON_MS)
  expect(growthMib).toBeLessThan(mostGrowthMib)
  expect(others.failures).toEqual({})
  expect(others.p99).toBeLessThan(SOON_MS)
  return answer
}

describe('messages of gRPC', () => {
  const bomb = (): Buffer => {
    const bytes = gzipSync(Buffer.alloc(GIB))
    return framed(bytes.length, bytes, 1)
  }
  const { receiveBytes } = GRPC_LIMITS
  test.each([
    ['one byte over the limit', () => framed(receiveBytes + 1, Buffer.alloc(receiveBytes + 1)), {}],
    ['4 GiB that are claimed', () => framed(0xffff_ffff, Buffer.alloc(1000)), {}],
    ['1 GiB in 1 MB of gzip', bomb, { 'grpc-encoding': 'gzip' }],
  ])('%s', async (name, make, headers) => {
    const body = make()
    expect(await expectRefused(name, () => statusOf(server.addresses.grpc, body, headers), 20)).toBe(RESOURCE_EXHAUSTED)
  })
})

describe('bodies of HTTP', () => {
  test.each(hostileBodies('/openshift/v1/large/tasks', 1024))('$name', async ({ name, parts, answer }) => {
    const sent = parts()
    expect(await expectRefused(name, () => exchange(server.addresses.http, ...sent), 30)).toMatch(answer)
  })
})
