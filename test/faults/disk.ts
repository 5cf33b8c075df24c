// The disk fails under a running server: it refuses what it cannot keep, keeps what it acknowledged, and goes on when it can.
// Needs strace, and root for a file system of its own. Run by `npm run faults`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelCredentials, status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CreateTaskRequest, TaskProducerServiceClient } from '../../gen/openshift/v1/task_producer_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'disk'
const PAYLOAD = { typeUrl: 'example.com/acme.Cluster', value: Buffer.alloc(30_000) }

interface Written {
  readonly acknowledged: string[]
  /** The code of each. */
  readonly refusals: (string | undefined)[]
}

/** Creates tasks one after the other, with a client that does not try again. */
async function write(address: string, count: number, metadata?: typeof PAYLOAD): Promise<Written> {
  const client = new TaskProducerServiceClient(address, ChannelCredentials.createInsecure())
  const written: Written = { acknowledged: [], refusals: [] }
  const request = CreateTaskRequest.create({ serviceInstanceId, task: Task.create({ command: 'c', metadata }) })
  for (let call = 0; call < count; call += 1) {
    await new Promise<void>((resolve) => {
      client.createTask(request, (error, answer) => {
        if (error === null) written.acknowledged.push(answer.task?.id ?? '')
        else written.refusals.push(status[error.code])
        resolve()
      })
    })
  }
  client.close()
  return written
}

async function everything(address: string): Promise<Set<string>> {
  const client = new TaskplaneClient(address)
  const found = new Set<string>()
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const page = await client.list({ serviceInstanceId, pageSize: 1000, pageToken })
    for (const { id } of page.tasks) found.add(id)
    pageToken = page.nextPageToken
  }
  client.close()
  return found
}

/** Starts another server on what the last one left: all that was acknowledged is there. */
async function expectKept(directory: string, acknowledged: readonly string[]): Promise<void> {
  const next = await startServer(directory)
  const found = await everything(next.addresses.grpc)
  expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  expect(await next.stop()).toBe(0)
}

/** strace that lets system calls of the server fail. */
function failing(calls: string, error: string, when: string): readonly string[] {
  return ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`]
}

async function readiness({ addresses }: ServerProcess): Promise<number> {
  return (await fetch(`http://${addresses.admin}/readyz`)).status
}

test.each([
  ['every fifth fsync fails', failing('fdatasync,fsync', 'EIO', '12+5'), /^(?:UNAVAILABLE|INTERNAL)$/],
  ['every seventh write finds no room', failing('pwrite64', 'ENOSPC', '200+7'), /^(?:RESOURCE_EXHAUSTED|UNAVAILABLE)$/],
])('%s: no lost write was acknowledged', async (_name, under, codes) => {
  const directory = temporaryDirectory()
  // A store that is made writes more than one that is opened, and is not what fails here.
  expect(await (await startServer(directory)).stop()).toBe(0)
  const server = await startServer(directory, { under })
  const { acknowledged, refusals } = await write(server.addresses.grpc, 300)
  expect(acknowledged.length).toBeGreaterThan(0)
  expect(refusals.length).toBeGreaterThan(0)
  for (const code of refusals) expect(code).toMatch(codes)
  expect((await everything(server.addresses.grpc)).size).toBeGreaterThanOrEqual(acknowledged.length)
  // strace passes no signal on; kill -9 is the harder end anyway.
  const [child = ''] = execFileSync('pgrep', ['-P', String(server.pid)], { encoding: 'utf8' }).trim().split('\n')
  process.kill(Number(child), 'SIGKILL')
  await server.stop('SIGKILL')
  await expectKept(directory, acknowledged)
})

test('a full file system refuses writes, not reads, and recovers without a restart', async () => {
  const directory = join(temporaryDirectory(), 'disk')
  mkdirSync(directory)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory])
  onTestFinished(() => void execFileSync('umount', ['-l', directory]))
  const ballast = join(directory, 'ballast')
  writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024))
  const server = await startServer(directory)
  const before = await write(server.addresses.grpc, 200, PAYLOAD)
  expect(before.acknowledged.length).toBeGreaterThan(0)
  expect(before.refusals.length).toBeGreaterThan(0)
  for (const code of before.refusals) expect(code).toMatch(/^(?:RESOURCE_EXHAUSTED|UNAVAILABLE)$/)
  expect(await readiness(server)).toBe(503)
  expect(await everything(server.addresses.grpc)).toEqual(new Set(before.acknowledged))
  expect((await fetch(`http://${server.addresses.admin}/livez`)).status).toBe(200)
  rmSync(ballast)
  const freed = performance.now()
  await expect.poll(() => readiness(server), { timeout: 10_000 }).toBe(200)
  expect(performance.now() - freed).toBeLessThan(5000)
  const after = await write(server.addresses.grpc, 10)
  expect(after.refusals).toEqual([])
  expect(await server.stop()).toBe(0)
  await expectKept(directory, [...before.acknowledged, ...after.acknowledged])
})
