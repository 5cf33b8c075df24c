// The server as a process: how it starts, refuses to start, and stops.
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelCredentials } from '@grpc/grpc-js'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { HealthClient, type HealthCheckResponse } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { serveInVain } from '../support/ended-server.js'
import { runTaskplane } from '../support/program.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

async function listen(): Promise<{ server: Server; address: string }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  return { server, address: `127.0.0.1:${address.port}` }
}

describe('a bad start', () => {
  test('names every fault of the configuration at once', async () => {
    const ended = await serveInVain({ store: 'nowhere', env: { TASKPLANE_GRPC_ADDRESS: 'here', TASKPLANE_HTTP_ADDRESS: '1:99999' } })
    expect(ended.code).toBe(1)
    expect(ended.isInTime).toBe(true)
    for (const name of ['--store', 'TASKPLANE_GRPC_ADDRESS', '--http-address']) expect(ended.stdout).toContain(name)
    expect(ended.stdout.trim().split('\n')).toHaveLength(1)
  })

  test('names the port that is taken', async () => {
    const { server, address } = await listen()
    for (const flag of ['GRPC', 'HTTP', 'ADMIN']) {
      const store = `sqlite:${join(temporaryDirectory(), 'tasks.db')}`
      const ended = await serveInVain({ store, env: { [`TASKPLANE_${flag}_ADDRESS`]: address } })
      expect(ended.code).toBe(1)
      expect(ended.stdout).toContain(`Cannot listen on --${flag.toLowerCase()}-address (TASKPLANE_${flag}_ADDRESS) ${address}`)
    }
    server.close()
  })

  test('names every port that is taken, and the store', async () => {
    const [grpc, http, admin] = [await listen(), await listen(), await listen()]
    const env = { TASKPLANE_GRPC_ADDRESS: grpc.address, TASKPLANE_HTTP_ADDRESS: http.address, TASKPLANE_ADMIN_ADDRESS: admin.address }
    const directory = temporaryDirectory()
    for (const [path, faults] of [
      ['tasks.db', 3],
      ['missing/tasks.db', 4],
    ] as const) {
      const { code, isInTime, stdout, stderr } = await serveInVain({ store: `sqlite:${join(directory, path)}`, env })
      expect({ code, isInTime, stderr }).toEqual({ code: 1, isInTime: true, stderr: '' })
      const lines = (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { msg: string }).msg.split('\n')
      expect(lines).toHaveLength(1 + faults)
      for (const address of Object.values(env)) expect(lines.filter((line) => line.includes(`${address}: listen EADDRINUSE`) || line.includes(`${address}: No address`))).toHaveLength(1)
    }
    for (const { server } of [grpc, http, admin]) server.close()
  })

  /** Makes a store at `path` that this program has written. */
  async function makeStore(directory: string): Promise<string> {
    const server = await startServer(directory)
    expect(await server.stop()).toBe(0)
    return join(directory, 'tasks.db')
  }

  async function expectRefusedStore(path: string, message: string, under: readonly string[] = []): Promise<void> {
    const ended = await serveInVain({ store: `sqlite:${path}`, under })
    expect(ended).toMatchObject({ code: 1, isInTime: true, stderr: '' })
    const [line, ...others] = ended.stdout.split('\n').filter((text) => text.includes('"level":60'))
    expect(others).toEqual([])
    expect(line).toContain(`Cannot use --store sqlite:${path}: `)
    expect(line).toContain(message)
  }

  test('says what is wrong with the store', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'garbage.db'), 'x'.repeat(10_000))
    mkdirSync(join(directory, 'folder.db'))
    new Database(join(directory, 'foreign.db')).exec('CREATE TABLE mine (x)').close()
    for (const [name, message] of [
      ['garbage.db', 'file is not a database'],
      ['folder.db', 'unable to open database file'],
      ['missing/tasks.db', 'directory does not exist'],
      ['foreign.db', 'a database of another program'],
    ] as const) await expectRefusedStore(join(directory, name), message)
  })

  test('leaves alone a store of a newer schema', async () => {
    const path = await makeStore(temporaryDirectory())
    const database = new Database(path)
    database.pragma('user_version = 999')
    database.close()
    await expectRefusedStore(path, 'run a newer Taskplane')
  })

  test('says that the store cannot be written', async () => {
    const path = await makeStore(temporaryDirectory())
    chmodSync(path, 0o444)
    // The bits mean nothing to root, unless it gives that power up.
    const under = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override'] : []
    await expectRefusedStore(path, 'permission denied', under)
  })

  test('leaves the store to the process that has it', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    await expectRefusedStore(join(directory, 'tasks.db'), 'in use by another process')
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

  test('lives on after a fault of its own, which is in its log and not in its answer', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    const create = (): Promise<Response> =>
      fetch(`${server.url}/openshift/v1/vdc-1/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"command":"c"}',
      })
    expect((await create()).status).toBe(202)
    const database = new Database(join(directory, 'tasks.db'))
    database.exec('ALTER TABLE task_event RENAME TO elsewhere')
    const refused = await create()
    expect(refused.status).toBe(503)
    expect(await refused.text()).not.toContain('task_event')
    // The log comes by another way than the answer.
    await expect.poll(() => JSON.stringify(server.log)).toContain('no such table: task_event')
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)).status).toBe(200)
    database.exec('ALTER TABLE elsewhere RENAME TO task_event')
    database.close()
    expect((await create()).status).toBe(202)
    expect(await server.stop()).toBe(0)
  })

  test('that cannot write says so, and again when it can', async () => {
    // To probes after checkMs, to those who watch its health after healthIntervalMs more.
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    const ready = async (): Promise<number> => (await fetch(`http://${server.addresses.admin}/readyz`)).status
    const health = new HealthClient(server.addresses.grpc, ChannelCredentials.createInsecure())
    const watch = health.watch({ service: 'openshift.v1.TaskService' })
    const statuses = watch[Symbol.asyncIterator]() as AsyncIterator<HealthCheckResponse>
    const next = async (): Promise<unknown> => ((await statuses.next()).value as HealthCheckResponse).status
    expect([await next(), await ready()]).toEqual(['SERVING', 200])
    const database = new Database(join(directory, 'tasks.db'))
    database.exec('BEGIN IMMEDIATE')
    expect([await next(), await ready()]).toEqual(['NOT_SERVING', 503])
    database.exec('COMMIT')
    database.close()
    expect([await next(), await ready()]).toEqual(['SERVING', 200])
    watch.cancel()
    health.close()
    expect(await server.stop()).toBe(0)
  })

  test('without room on its disk refuses writes, is not ready, reads on, and stops in order', async () => {
    const directory = temporaryDirectory()
    const metadata = { typeUrl: 'example.com/acme.Cluster', value: Buffer.alloc(30_000) }
    const acknowledged: string[] = []
    const fill = async (client: TaskplaneClient, count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const task = Task.create({ command: 'c', metadata })
        acknowledged.push((await client.create({ serviceInstanceId: 'full', task, requestId: '' })).id)
      }
    }
    const before = await startServer(directory)
    const writer = new TaskplaneClient(before.addresses.grpc)
    await fill(writer, 60)
    writer.close()
    expect(await before.stop()).toBe(0)
    // The file is larger than what may be written now: its log still grows for a while, and cannot be folded in.
    const server = await startServer(directory, { fileBlocks: 4096 })
    const client = new TaskplaneClient(server.addresses.grpc)
    await expect(fill(client, Infinity)).rejects.toMatchObject({ reason: expect.stringMatching(/^STORE_(FULL|UNAVAILABLE)$/) as string })
    expect(acknowledged.length).toBeGreaterThan(60)
    expect((await fetch(`http://${server.addresses.admin}/readyz`)).status).toBe(503)
    expect((await client.get({ serviceInstanceId: 'full', taskId: acknowledged[0] ?? '' })).command).toBe('c')
    client.close()
    const began = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(5000)
    const again = await startServer(directory)
    const reader = new TaskplaneClient(again.addresses.grpc)
    const { tasks, revision } = await reader.list({ serviceInstanceId: 'full', pageSize: 1000, pageToken: '', filter: '', orderBy: 'created_at' })
    expect(tasks.map(({ id }) => id)).toEqual(acknowledged)
    expect(revision).toBe(BigInt(acknowledged.length))
    reader.close()
    expect((await fetch(`http://${again.addresses.admin}/readyz`)).status).toBe(200)
    expect(await again.stop()).toBe(0)
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
