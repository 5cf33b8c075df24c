// The processes of a server with workers: how they start, die, are replaced, and stop.
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import { ChannelCredentials } from '@grpc/grpc-js'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { HealthClient, type HealthCheckResponse } from '../../gen/health/v1/health.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { CertificateMaker } from '../support/certificates.js'
import { startLoad } from '../support/insistent-load.js'
import { valueIn } from '../support/metrics.js'
import { runTaskplane } from '../support/program.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner } from '../support/tokens.js'
import { connectToEach, WORDY } from '../support/worker-connections.js'

const TWO = { TASKPLANE_WORKERS: '2' }
const AT_ONCE = 'shutdown.delayMs=0,shutdown.spreadMs=0'
const ROOMY = `${AT_ONCE},call.tenantCalls=1000,call.tenantRate=1000000,call.tenantBurst=1000000`
const serviceInstanceId = 'vdc-1'
const task = Task.create({ command: 'c' })

/** Process ids of the workers that have said that they serve, by their number; the last ones of each. */
function workersOf({ log }: ServerProcess): Map<number, number> {
  return new Map(log.filter(({ msg }) => msg === 'worker serves').map(({ worker, pid }) => [Number(worker), Number(pid)]))
}

/** Whether a process runs; one that has ended, and that nobody has taken notice of, does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function admin({ addresses }: ServerProcess, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${addresses.admin}${path}`)
  return { status: response.status, text: await response.text() }
}

/** Resolves once as many workers serve as did at the start, one of them at `place` by another process than `pid`. */
async function replaced(server: ServerProcess, place: number, pid: number): Promise<void> {
  await expect.poll(() => workersOf(server).get(place), { timeout: 20_000 }).not.toBe(pid)
}

function revisionsIn(directory: string): number[] {
  const database = new Database(join(directory, 'tasks.db'), { readonly: true })
  const revisions = database.prepare('SELECT revision FROM task_event WHERE service_instance_id = ? ORDER BY revision').pluck().all(serviceInstanceId) as number[]
  database.close()
  return revisions
}

describe('a worker that is killed', () => {
  test('under load is replaced: nothing acknowledged is lost, and who watches misses nothing', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory, { env: TWO })
    const clients = Array.from({ length: 4 }, () => new TaskplaneClient(server.addresses.grpc))
    const client = (index: number): TaskplaneClient => clients[index % clients.length]!
    const reader = new TaskReader({ address: server.addresses.grpc, instance: serviceInstanceId })
    const end = new AbortController()
    const seen: bigint[] = []
    const watching = (async () => {
      for await (const { event, revision } of reader.watch({ afterRevision: 0n, signal: end.signal })) if (event !== undefined) seen.push(revision)
    })().catch((error: unknown) => expect(end.signal.aborted, String(error)).toBe(true))
    const load = startLoad({ client }, serviceInstanceId, 6)
    for (const [place, pid] of workersOf(server)) {
      const before = load.count
      await expect.poll(() => load.count, { timeout: 10_000 }).toBeGreaterThan(before + 30)
      process.kill(pid, 'SIGKILL')
      await replaced(server, place, pid)
    }
    const before = load.count
    await expect.poll(() => load.count, { timeout: 10_000 }).toBeGreaterThan(before + 30)
    const { acknowledged, codes } = await load.stop()
    for (const code of codes) expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(code)
    const revisions = revisionsIn(directory)
    expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, index) => index + 1))
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(revisions.length)
    expect(seen.map(Number)).toEqual(revisions)
    for (const taskId of acknowledged.values()) expect((await client(0).get({ serviceInstanceId, taskId })).id).toBe(taskId)
    end.abort()
    await watching
    reader.close()
    const { text } = await admin(server, '/metrics')
    expect([valueIn(text, 'taskplane_workers'), valueIn(text, 'taskplane_workers_ended_total')]).toEqual([2, 2])
    for (const one of clients) one.close()
    expect(await server.stop()).toBe(0)
  })

  test('leaves the calls of the others alone, and the numbers that it was last seen with', async () => {
    const server = await startServer(temporaryDirectory(), { env: { ...TWO, ...WORDY } })
    const [first, second] = await connectToEach(server, 2)
    for (let call = 0; call < 5; call += 1) for (const connection of [first!, second!]) await connection.ask('/tasks')
    const calls = async (): Promise<number> => valueIn((await admin(server, '/metrics')).text, 'taskplane_calls_total{method="openshift.v1.TaskService/ListTasks",code="OK"}') ?? 0
    expect(await calls()).toBe(10)
    const pid = workersOf(server).get(1)!
    const waiting = second!.ask('/tasks/none:wait?timeout=1s')
    process.kill(pid, 'SIGKILL')
    await replaced(server, 1, pid)
    expect((await waiting).status).toBe(404)
    expect((await second!.ask('/tasks')).status).toBe(200)
    expect(await calls()).toBe(11)
    for (const connection of [first!, second!]) connection.close()
    expect(await server.stop()).toBe(0)
  })

  test('together with all others is replaced at the same ports; meanwhile the server is not ready', { timeout: 60_000 }, async () => {
    // The others come back that long after those that are killed had started: the probe has that time to notice.
    const server = await startServer(temporaryDirectory(), { env: TWO, limits: `${ROOMY},worker.restartMs=6000` })
    const workers = workersOf(server)
    for (const pid of workers.values()) process.kill(pid, 'SIGKILL')
    const status = async (): Promise<number> => (await admin(server, '/readyz')).status
    await expect.poll(status, { interval: 5, timeout: 5000 }).toBe(503)
    await expect.poll(status, { timeout: 20_000 }).toBe(200)
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)).status).toBe(200)
    const client = new TaskplaneClient(server.addresses.grpc)
    expect((await client.create({ serviceInstanceId, task })).revision).toBe(1n)
    client.close()
    expect(await server.stop()).toBe(0)
  })

  test('by being stopped is found by its silence', { timeout: 60_000 }, async () => {
    const server = await startServer(temporaryDirectory(), { env: TWO, limits: `${ROOMY},probe.healthIntervalMs=500,worker.silentMs=3000` })
    const pid = workersOf(server).get(2)!
    process.kill(pid, 'SIGSTOP')
    await replaced(server, 2, pid)
    expect(isAlive(pid)).toBe(false)
    expect(await server.stop()).toBe(0)
  })

  test('again and again is replaced no faster than restartMs', { timeout: 60_000 }, async () => {
    const server = await startServer(temporaryDirectory(), { env: TWO, limits: `${ROOMY},worker.restartMs=1500` })
    const began = performance.now()
    for (let round = 0; round < 2; round += 1) {
      const pid = workersOf(server).get(1)!
      process.kill(pid, 'SIGKILL')
      await replaced(server, 1, pid)
    }
    expect(performance.now() - began).toBeGreaterThan(1500)
    expect(await server.stop()).toBe(0)
  })
})

describe('the primary', () => {
  test('that is killed leaves no workers and no lock, and nothing acknowledged is lost', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory, { env: TWO })
    const client = new TaskplaneClient(server.addresses.grpc)
    const { id: taskId } = await client.create({ serviceInstanceId, task })
    const waiting = client.wait({ serviceInstanceId, taskId, timeout: { seconds: 30n, nanos: 0 } }).catch((error: unknown) => error)
    const workers = [...workersOf(server).values()]
    await server.stop('SIGKILL')
    await expect.poll(() => workers.filter(isAlive)).toEqual([])
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE' })
    client.close()
    const next = await startServer(directory, { env: TWO })
    const reader = new TaskplaneClient(next.addresses.grpc)
    expect((await reader.get({ serviceInstanceId, taskId })).id).toBe(taskId)
    reader.close()
    expect(await next.stop()).toBe(0)
  })

  test('that is asked to stop has its workers finish what runs, and exits 0', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const limits = `${ROOMY.replace('delayMs=0', 'delayMs=5000')},call.writes=1000`
    const server = await startServer(directory, { env: TWO, limits })
    const clients = Array.from({ length: 4 }, () => new TaskplaneClient(server.addresses.grpc))
    await Promise.all(clients.map((client) => client.create({ serviceInstanceId, task })))
    const calls = Promise.allSettled(Array.from({ length: 200 }, (_, index) => clients[index % 4]!.create({ serviceInstanceId, task })))
    await new Promise(setImmediate)
    const stopped = server.stop()
    await expect.poll(async () => (await admin(server, '/readyz')).status, { timeout: 4000 }).toBe(503)
    // As a supervisor does that stops all processes of a group.
    for (const pid of workersOf(server).values()) process.kill(pid, 'SIGTERM')
    expect((await fetch(`${server.url}/openshift/v1/vdc-1/tasks?pageSize=1`)).headers.get('connection')).toBe('close')
    expect(await stopped).toBe(0)
    const outcomes = await calls
    for (const client of clients) client.close()
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
    expect(revisionsIn(directory)).toHaveLength(204)
    expect(server.log.at(-1)?.msg).toBe('stopped')
    expect([...workersOf(server).values()].filter(isAlive)).toEqual([])
  })

  test('that is asked again ends all processes at once', async () => {
    const server = await startServer(temporaryDirectory(), { env: TWO, limits: 'shutdown.delayMs=5000' })
    const workers = [...workersOf(server).values()]
    const stopped = server.stop()
    await expect.poll(() => server.log.at(-1)?.msg).toBe('stopping')
    process.kill(server.pid, 'SIGTERM')
    expect(await stopped).toBe(null)
    await expect.poll(() => workers.filter(isAlive)).toEqual([])
  })

  test('names all that keeps it from starting, as a server of one process does', async () => {
    const directory = temporaryDirectory()
    const store = `sqlite:${join(directory, 'tasks.db')}`
    const { addresses, stop } = await startServer(directory, { env: TWO })
    const { grpc, http, admin: probes } = addresses
    const args = ['serve', '--store', store, '--grpc-address', grpc, '--http-address', http, '--admin-address', probes]
    const messages = async (workers: string): Promise<string[]> => {
      const { code, stdout } = await runTaskplane([...args, '--workers', workers])
      expect(code).toBe(1)
      return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { msg: string }).msg.split('\n')
    }
    const alone = await messages('1')
    expect(alone).toHaveLength(5)
    expect(await messages('2')).toEqual(alone)
    expect(await stop()).toBe(0)
    expect((await messages('65'))[1]).toBe('  --workers (TASKPLANE_WORKERS) is "65"; expected 1 to 64')
  })

  test('whose store cannot write is not ready, and neither are its workers', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory, { env: TWO, limits: `${ROOMY},probe.healthIntervalMs=300` })
    const health = new HealthClient(server.addresses.grpc, ChannelCredentials.createInsecure())
    const watch = health.watch({ service: '' })
    const statuses = watch[Symbol.asyncIterator]() as AsyncIterator<HealthCheckResponse>
    const next = async (): Promise<unknown> => ((await statuses.next()).value as HealthCheckResponse).status
    expect([await next(), (await admin(server, '/readyz')).status]).toEqual(['SERVING', 200])
    const database = new Database(join(directory, 'tasks.db'))
    database.exec('BEGIN IMMEDIATE')
    expect([await next(), (await admin(server, '/readyz')).status]).toEqual(['NOT_SERVING', 503])
    expect((await admin(server, '/livez')).status).toBe(200)
    database.exec('COMMIT')
    database.close()
    expect([await next(), (await admin(server, '/readyz')).status]).toEqual(['SERVING', 200])
    watch.cancel()
    health.close()
    expect(await server.stop()).toBe(0)
  })
})

test('a worker that hangs does not hold up a stop, and does not stay', { timeout: 60_000 }, async () => {
  const server = await startServer(temporaryDirectory(), { env: TWO, limits: `${ROOMY},shutdown.drainMs=300,log.drainMs=300` })
  const pid = workersOf(server).get(2)!
  process.kill(pid, 'SIGSTOP')
  expect(await server.stop()).toBe(0)
  expect(isAlive(pid)).toBe(false)
})

describe('all workers together', () => {
  test('take new certificates', { timeout: 60_000 }, async () => {
    const maker = new CertificateMaker(temporaryDirectory())
    const authority = maker.authority('ca')
    const live = maker.server(authority)
    const server = await startServer(temporaryDirectory(), { env: { ...TWO, TASKPLANE_TLS_CERT: live.cert, TASKPLANE_TLS_KEY: live.key } })
    const shown = async (address: string): Promise<string> => {
      const [host = '', port] = address.split(':')
      const socket = connectSecurely({ host, port: Number(port), ca: readFileSync(authority.cert), ALPNProtocols: ['h2', 'http/1.1'] })
      await once(socket, 'secureConnect')
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }
    const { grpc, http, admin: probes } = server.addresses
    // Connections are given to the workers in turn.
    const all = (): Promise<string[]> => Promise.all([grpc, grpc, grpc, http, http, http, probes].map(shown))
    const [before] = await all()
    const next = maker.server(authority)
    copyFileSync(next.cert, live.cert)
    copyFileSync(next.key, live.key)
    process.kill(server.pid, 'SIGHUP')
    await expect.poll(() => server.log.at(-1)?.msg).toBe('certificates, keys and grants were read again')
    const after = await all()
    expect(new Set(after).size).toBe(1)
    expect(after[0]).not.toBe(before)
    expect(await server.stop()).toBe(0)
  })

  test('are one server to the doctor, and to a backup', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const store = `sqlite:${join(directory, 'tasks.db')}`
    const server = await startServer(directory, { env: TWO })
    const client = new TaskplaneClient(server.addresses.grpc)
    await client.create({ serviceInstanceId, task })
    client.close()
    const { grpc, http, admin: probes } = server.addresses
    const visit = await runTaskplane(['doctor', '--json', '--grpc-address', grpc, '--http-address', http, '--admin-address', probes, '--store', store])
    expect(visit.code).toBe(0)
    const { code, stdout } = await runTaskplane(['backup', '--store', store, join(directory, 'copy.db')])
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 tasks') as string])
    expect(await server.stop()).toBe(0)
  })

  test('have one audit log, with every revision and every denied call once, and one log', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'audit.log')
    const signer = await newSigner('k')
    const server = await startServer(directory, { env: { ...TWO, ...WORDY, ...keyFileVariables(directory, [signer]), TASKPLANE_AUDIT_LOG: path } })
    const connections = await connectToEach(server, 2)
    for (let call = 0; call < 50; call += 1) for (const connection of connections) expect((await connection.ask('/tasks')).status).toBe(401)
    for (const connection of connections) connection.close()
    expect(await server.stop()).toBe(0)
    expect(existsSync(path)).toBe(true)
    const lines = readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { event: string; method: string })
    const denied = lines.filter(({ method }) => method.endsWith('/ListTasks'))
    expect(denied).toHaveLength(100)
    // Each line of the log was read as JSON on its own.
    const logged = server.log.filter(({ msg, method }) => msg === 'call' && String(method).endsWith('/ListTasks'))
    expect([1, 2].map((worker) => logged.filter((line) => line['worker'] === worker).length)).toEqual([50, 50])
  })

  test('keep to the limits of one server', { timeout: 60_000 }, async () => {
    const server = await startServer(temporaryDirectory(), { env: TWO, limits: `${AT_ONCE},call.tenantBurst=5,call.tenantRate=1,http.connections=6,grpc.connections=4,grpc.connectionsPerAddress=4` })
    const began = performance.now()
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { headers: { connection: 'close' } }).then(({ status }) => status, () => 0)),
    )
    // Those who find all connections taken are not answered. Each worker lets one more in every second.
    const seconds = (performance.now() - began) / 1000
    expect(codes.filter((status) => status === 200).length).toBeLessThanOrEqual(5 + 2 * seconds)
    const open = async (address: string, count: number): Promise<Socket[]> => {
      const [host, port] = address.split(':')
      const sockets = await Promise.all(
        Array.from({ length: count }, async () => {
          const socket = connect({ host: host ?? '', port: Number(port) }).on('error', () => undefined)
          await once(socket, 'connect')
          return socket
        }),
      )
      return sockets
    }
    for (const [address, most] of [[server.addresses.http, 6], [server.addresses.grpc, 4]] as const) {
      const sockets: Socket[] = []
      const kept = (): number => sockets.filter((socket) => !socket.closed).length
      // A worker that is quick is given more connections than the other one: they come until each has all that it may have.
      const filled = async (): Promise<number> => {
        if (kept() < most) sockets.push(...(await open(address, 12)))
        return kept()
      }
      await expect.poll(filled, { timeout: 15_000 }).toBe(most)
      for (const socket of sockets) socket.destroy()
    }
    expect(await server.stop()).toBe(0)
  })
})
