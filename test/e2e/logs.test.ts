// The log of a real server: what stands in it, what does not, and how a caller and an operator talk of the same call.
import { ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GetTaskRequest, TaskServiceClient } from '../../gen/openshift/v1/task_service.js'
import { CALL_LIMITS } from '../../src/limits.js'
import { valueIn } from '../support/metrics.js'
import { runTaskplane } from '../support/program.js'
import { MAIN, PATIENT, ROOMY, startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const DEBUG = { TASKPLANE_LOG_LEVEL: 'debug' }
/** Limits of a server to which no call is slow. */
const NEVER_SLOW = `${PATIENT},log.slowMs=60000`
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

function create(server: ServerProcess, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/openshift/v1/vdc-1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const callsOf = ({ log }: ServerProcess): ServerProcess['log'] => log.filter(({ msg }) => msg === 'call')

describe('the log', () => {
  test('has a line for each write, and none for reads', async () => {
    const server = await startServer(temporaryDirectory(), { limits: NEVER_SLOW })
    await create(server, { command: 'c' }, { 'x-request-id': 'mine-1' })
    await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)
    expect(await server.stop()).toBe(0)
    expect(callsOf(server)).toEqual([
      {
        level: 30,
        time: expect.any(Number) as number,
        msg: 'call',
        requestId: 'mine-1',
        caller: 'anonymous',
        instance: 'vdc-1',
        method: 'openshift.v1.TaskProducerService/CreateTask',
        status: 'OK',
        ms: expect.any(Number) as number,
      },
    ])
  })

  test('at debug has a line for every call, refused ones with their reason', async () => {
    const server = await startServer(temporaryDirectory(), { limits: NEVER_SLOW, env: DEBUG })
    await fetch(`${server.url}/openshift/v1/vdc-1/tasks`)
    await fetch(`${server.url}/openshift/v1/vdc-1/tasks/missing`)
    await fetch(`${server.url}/v1/instances/vdc-2/operations/missing`)
    await server.stop()
    expect(callsOf(server).map(({ method, instance, status, reason, level }) => [method, instance, status, reason, level])).toEqual([
      ['openshift.v1.TaskService/ListTasks', 'vdc-1', 'OK', undefined, 20],
      ['openshift.v1.TaskService/GetTask', 'vdc-1', 'NOT_FOUND', 'TASK_NOT_FOUND', 20],
      ['google.longrunning.Operations/GetOperation', 'vdc-2', 'NOT_FOUND', 'TASK_NOT_FOUND', 20],
    ])
  })

  test('has nothing of what callers send, whatever becomes of it', async () => {
    const server = await startServer(temporaryDirectory(), { env: DEBUG })
    const secret = 'hunter2-in-clear'
    const metadata = { '@type': 'type.googleapis.com/google.protobuf.Struct', value: { note: secret } }
    await create(server, { command: 'c', summary: secret, labels: { [secret]: secret }, metadata }, { authorization: `Bearer ${secret}` })
    await create(server, { command: `${secret} no word` })
    await fetch(`${server.url}/openshift/v1/${secret}%20no%20word/tasks?filter=${secret}`)
    await fetch(`${server.url}/openshift/v1/vdc-1/tasks?token=${secret}`)
    await fetch(`${server.url}/openshift/v1/vdc-1/tasks/x:cancel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: secret }),
    })
    await server.stop()
    expect(callsOf(server).map(({ status }) => status)).toEqual(['OK', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'NOT_FOUND'])
    expect(JSON.stringify(server.log)).not.toContain(secret)
  })

  test('survives names that belong to every object', async () => {
    const server = await startServer(temporaryDirectory(), { env: DEBUG })
    for (const name of ['toString', '__proto__', 'constructor', 'hasOwnProperty']) {
      await create(server, { command: name, labels: { toString: name } }, { 'x-request-id': name })
      await fetch(`${server.url}/openshift/v1/${name}/tasks/${name}`, { headers: { 'x-request-id': name } })
    }
    await server.stop()
    expect(callsOf(server).map(({ requestId }) => requestId)).toEqual(
      ['toString', '__proto__', 'constructor', 'hasOwnProperty'].flatMap((name) => [name, name]),
    )
  })

  test('for people has short lines, with the addresses, and text of others in quotes', async () => {
    const directory = temporaryDirectory()
    let output = ''
    const env = {
      TASKPLANE_GRPC_ADDRESS: '127.0.0.1:0',
      TASKPLANE_HTTP_ADDRESS: '127.0.0.1:0',
      TASKPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
      TASKPLANE_STORE: `sqlite:${join(directory, 'tasks.db')}`,
      TASKPLANE_LOG_FORMAT: 'text',
    }
    const ended = await runTaskplane(['serve'], {
      env,
      onOutput: (soFar, pid) => {
        if (soFar.includes(' ready ') && !output.includes(' ready ')) process.kill(pid, 'SIGTERM')
        output = soFar
      },
    })
    expect(ended.code).toBe(0)
    const lines = ended.stdout.trim().split('\n')
    expect(lines.find((line) => line.includes(' ready '))).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z INFO {2}ready grpc=127\.0\.0\.1:\d+ http=127\.0\.0\.1:\d+ admin=127\.0\.0\.1:\d+$/,
    )
    for (const line of lines) expect(line.length).toBeLessThan(200)
    expect(lines.at(-1)).toContain('INFO  stopped')
  })
})

describe('the name of a call', () => {
  test.each([
    ['a sound one', 'Root=1-67891233-abcdef012345678912345678', /^Root=1-67891233-abcdef012345678912345678$/],
    ['none', undefined, UUID],
    ['one that is too long', 'x'.repeat(CALL_LIMITS.idLength + 1), UUID],
    ['one with other characters', 'a b', UUID],
  ])('%s, over REST', async (_what, sent, expected) => {
    const server = await startServer(temporaryDirectory())
    const headers: Record<string, string> = sent === undefined ? {} : { 'x-request-id': sent }
    const answered = await create(server, { command: 'c' }, headers)
    const refused = await create(server, { command: '' }, headers)
    const lost = await fetch(`${server.url}/nowhere`, { headers })
    for (const { headers: got } of [answered, refused, lost]) expect(got.get('x-request-id')).toMatch(expected)
    await server.stop()
    expect(callsOf(server)[0]?.['requestId']).toBe(answered.headers.get('x-request-id'))
  })

  test('is in the metadata of gRPC, when the call succeeds and when it fails', async () => {
    const server = await startServer(temporaryDirectory())
    const { task } = (await (await create(server, { command: 'c' })).json()) as { task: { id: string } }
    const client = new TaskServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure())
    const metadata = new Metadata()
    metadata.set('x-request-id', 'mine-2')
    const get = (taskId: string): Promise<unknown> =>
      new Promise((resolve) => {
        const call = client.getTask(GetTaskRequest.create({ serviceInstanceId: 'vdc-1', taskId }), metadata, (error: ServiceError | null) => {
          if (error !== null) resolve(error.metadata.get('x-request-id'))
        })
        call.on('metadata', (headers: Metadata) => {
          if (headers.get('x-request-id').length > 0) resolve(headers.get('x-request-id'))
        })
      })
    expect(await get(task.id)).toEqual(['mine-2'])
    expect(await get('missing')).toEqual(['mine-2'])
    client.close()
    await server.stop()
  })

  test('stands in the answer to a fault and in the line of the fault, which has the stack', async () => {
    const directory = temporaryDirectory()
    const server = await startServer(directory)
    const database = new Database(join(directory, 'tasks.db'))
    await create(server, { command: 'c' })
    // A row that no program writes.
    database.exec("UPDATE task SET framed = x'0a01ff'")
    const id = String(database.prepare('SELECT task_id FROM task').pluck().get())
    database.close()
    const answer = await fetch(`${server.url}/openshift/v1/vdc-1/tasks/${id}:pause`, { method: 'POST', headers: { 'x-request-id': 'mine-3' } })
    expect(answer.status).toBe(500)
    const { details } = (await answer.json()) as { details: unknown[] }
    expect(details).toContainEqual({ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'mine-3' })
    expect(JSON.stringify(details)).not.toContain('at ')
    await server.stop()
    const faults = server.log.filter(({ msg }) => msg === 'fault')
    expect(faults).toContainEqual(
      expect.objectContaining({
        level: 50,
        where: 'openshift.v1.TaskService/PauseTask',
        requestId: 'mine-3',
        err: expect.objectContaining({ stack: expect.stringContaining('at ') as string }) as object,
      }),
    )
  })
})

test('a log that nobody reads keeps nobody waiting', { timeout: 60_000 }, async () => {
  const env = {
    ...process.env,
    ...DEBUG,
    TASKPLANE_GRPC_ADDRESS: '127.0.0.1:0',
    TASKPLANE_HTTP_ADDRESS: '127.0.0.1:0',
    TASKPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
    TASKPLANE_STORE: `sqlite:${join(temporaryDirectory(), 'tasks.db')}`,
    TASKPLANE_LIMITS: ROOMY,
  }
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const http = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const address = /"http":"(127[^"]+)"[^\n]*"msg":"ready"/.exec(chunk.toString())?.[1]
      if (address !== undefined) resolve(address)
    })
  })
  child.stdout.pause()
  // Each leaves a line of some 500 bytes; a pipe holds 64 KiB.
  const name = 'x'.repeat(128)
  for (let round = 0; round < 20; round += 1) {
    const calls = Array.from({ length: 50 }, () => fetch(`http://${http}/openshift/v1/${name}/tasks/${name}`, { headers: { 'x-request-id': name } }))
    for (const { status } of await Promise.all(calls)) expect(status).toBe(404)
  }
})

test('a store that fails and recovers is told of once each, and shows in the metrics', async () => {
  const directory = temporaryDirectory()
  const server = await startServer(directory)
  const shown = async (): Promise<unknown[]> => {
    const text = await (await fetch(`http://${server.addresses.admin}/metrics`)).text()
    return [valueIn(text, 'taskplane_store_up'), valueIn(text, 'taskplane_ready')]
  }
  await expect.poll(shown).toEqual([1, 1])
  const database = new Database(join(directory, 'tasks.db'))
  database.exec('BEGIN IMMEDIATE')
  await expect.poll(() => server.log.filter(({ msg }) => msg.startsWith('cannot serve')).length, { timeout: 15_000 }).toBe(1)
  await expect.poll(shown, { timeout: 15_000 }).toEqual([0, 0])
  database.exec('COMMIT')
  database.close()
  await expect.poll(() => server.log.filter(({ msg }) => msg === 'can serve again').length, { timeout: 15_000 }).toBe(1)
  expect(await shown()).toEqual([1, 1])
  await server.stop()
})
