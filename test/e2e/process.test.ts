// The server as a process: how it starts, refuses to start, and stops.
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelCredentials } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { HealthClient, type HealthCheckResponse } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { runTaskplane, type Ended } from '../support/program.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const ANY_PORT = '127.0.0.1:0'

/** Runs `taskplane serve`, which has to end by itself. */
async function refusedStart(store: string, env: Readonly<Record<string, string>> = {}): Promise<Ended & { ms: number }> {
  const began = performance.now()
  const ports = { TASKPLANE_GRPC_ADDRESS: ANY_PORT, TASKPLANE_HTTP_ADDRESS: ANY_PORT, TASKPLANE_ADMIN_ADDRESS: ANY_PORT }
  const ended = await runTaskplane(['serve'], { env: { ...ports, TASKPLANE_STORE: store, ...env } })
  return { ...ended, ms: performance.now() - began }
}

async function listen(): Promise<{ server: Server; address: string }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  return { server, address: `127.0.0.1:${address.port}` }
}

describe('a bad start', () => {
  test('names every fault of the configuration at once', async () => {
    const ended = await refusedStart('nowhere', { TASKPLANE_GRPC_ADDRESS: 'here', TASKPLANE_HTTP_ADDRESS: '1:99999' })
    expect(ended.code).toBe(1)
    expect(ended.ms).toBeLessThan(2000)
    for (const name of ['--store', 'TASKPLANE_GRPC_ADDRESS', '--http-address']) expect(ended.stdout).toContain(name)
    expect(ended.stdout.trim().split('\n')).toHaveLength(1)
  })

  test('names the port that is taken', async () => {
    const { server, address } = await listen()
    for (const flag of ['GRPC', 'HTTP', 'ADMIN']) {
      const store = `sqlite:${join(temporaryDirectory(), 'tasks.db')}`
      const ended = await refusedStart(store, { [`TASKPLANE_${flag}_ADDRESS`]: address })
      expect(ended.code).toBe(1)
      expect(ended.stdout).toContain(`Cannot listen on --${flag.toLowerCase()}-address (TASKPLANE_${flag}_ADDRESS) ${address}`)
    }
    server.close()
  })

  test('says what is wrong with the store', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'garbage.db'), 'x'.repeat(10_000))
    mkdirSync(join(directory, 'folder.db'))
    for (const [name, message] of [
      ['garbage.db', 'file is not a database'],
      ['folder.db', 'unable to open database file'],
      ['missing/tasks.db', 'directory does not exist'],
    ] as const) {
      const ended = await refusedStart(`sqlite:${join(directory, name)}`)
      expect(ended).toMatchObject({ code: 1, stderr: '' })
      expect(ended.ms).toBeLessThan(2000)
      expect(ended.stdout).toContain(message)
    }
  })

  test('leaves the store to the process that has it', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    const ended = await refusedStart(`sqlite:${join(directory, 'tasks.db')}`)
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('in use by another process')
    expect(await server.stop()).toBe(0)
  })
})

describe('a server', () => {
  test('says where it listens, and its limits', async () => {
    const server = await startServer(temporaryDirectory())
    const ready = server.log.find(({ msg }) => msg === 'ready')
    for (const port of ['grpc', 'http', 'admin']) expect(ready?.[port]).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
    expect(server.log[0]).toMatchObject({ msg: 'starting', limits: { LIST_LIMITS: { pageSizeMax: 1000 } } })
    await server.stop()
  })

  test('answers its probes, and nothing else on that port', async () => {
    const server = await startServer(temporaryDirectory())
    const probe = async (path: string): Promise<number> => (await fetch(`http://${server.addresses.admin}${path}`)).status
    expect([await probe('/livez'), await probe('/readyz'), await probe('/')]).toEqual([200, 200, 404])
    await server.stop()
  })

  test('lives on when its log is all that is left of a fault', async () => {
    const server = await startServer(temporaryDirectory())
    for (let call = 0; call < 20; call += 1) {
      const response = await fetch(`${server.url}/openshift/v1/vdc-1/tasks/%00?x=y`, { method: 'DELETE' })
      expect(response.status).toBe(400)
    }
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('asked to stop by %s, finishes what runs and exits 0', async (signal) => {
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    const client = new TaskplaneClient(server.addresses.grpc)
    const create = (): Promise<Task> =>
      client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c' }), requestId: '' })
    await create()
    const calls = Promise.allSettled(Array.from({ length: 200 }, create))
    await new Promise(setImmediate)
    const began = performance.now()
    expect(await server.stop(signal)).toBe(0)
    expect(performance.now() - began).toBeLessThan(5000)
    const outcomes = await calls
    client.close()
    const acknowledged = outcomes.filter(({ status }) => status === 'fulfilled').length + 1
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UNAVAILABLE' })
    }
    const again = await startServer(directory)
    const answer = (await (await fetch(`${again.url}/openshift/v1/vdc-1/tasks?pageSize=1`)).json()) as { revision: string }
    expect(Number(answer.revision)).toBeGreaterThanOrEqual(acknowledged)
    await again.stop()
  })

  test('stops although clients keep connections and streams open', async () => {
    const server = await startServer(temporaryDirectory())
    await (await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { keepalive: true })).text()
    const client = new TaskplaneClient(server.addresses.grpc)
    await client.list({ serviceInstanceId: 'vdc-1', pageSize: 0, pageToken: '', filter: '', orderBy: '' })
    const health = new HealthClient(server.addresses.grpc, ChannelCredentials.createInsecure())
    const watch = health.watch({ service: '' })
    const statuses: unknown[] = []
    watch.on('data', ({ status }: HealthCheckResponse) => statuses.push(status))
    await once(watch, 'data')
    const ended = once(watch, 'end')
    const began = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(5000)
    await ended
    expect(statuses).toEqual(['SERVING', 'NOT_SERVING'])
    health.close()
    client.close()
  })
})

test('a command that does not exist is refused', async () => {
  const ended = await runTaskplane(['serev'])
  expect(ended.code).not.toBe(0)
  expect(ended.stderr).toContain("unknown command 'serev'")
})
