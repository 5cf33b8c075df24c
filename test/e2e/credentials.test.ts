// The same token through every door: gRPC, REST, streams, the SDKs, the command line and reflection; and what happens when it ends.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { CallCredentials, ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ServerReflectionClient, ServerReflectionRequest } from '../../gen/grpc/reflection/v1/reflection.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskServiceClient, WaitTaskRequest, WatchTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { TaskProducer } from '../../src/client/task-producer.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { errorInfo } from '../support/error-info.js'
import { sentEvents, type SentEvent } from '../support/event-stream.js'
import { startIdentityProvider } from '../support/identity-provider.js'
import { runProgram, runTaskplane, type Ended } from '../support/program.js'
import { rawCall } from '../support/raw-grpc.js'
import { callHeaders, END_STREAM, frame, PREFACE, RawHttp2, TYPE } from '../support/raw-http2.js'
import { PATIENT, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'
import { AUDIENCE, keyFileVariables, newSigner, sign, type Signer } from '../support/tokens.js'

const INSTANCE = 'vdc-1'

const directory = suiteDirectory()
let server: ServerProcess
let signer: Signer
let client: TaskplaneClient

beforeAll(async () => {
  signer = await newSigner('k')
  server = await startServer(directory(), { env: keyFileVariables(directory(), [signer]) })
  client = new TaskplaneClient(server.addresses.grpc, { token: () => sign(signer) })
})

afterAll(async () => {
  client.close()
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

const create = (): Promise<Task> => client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'c' }) })

function bearer(token: string): Metadata {
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  return metadata
}

/** A token that is accepted for about so many seconds more, the differences of clocks included. */
function shortToken(seconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return sign(signer, { iat: now - 600, exp: now - 30 + seconds })
}

describe('a token', () => {
  test('names the caller in what it does', async () => {
    expect((await create()).createdBy).toBe('alice')
  })

  test('goes with a stream of server-sent events', async () => {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${await sign(signer)}` }
    const response = await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks:watch`, { headers })
    expect(response.status).toBe(200)
    await response.body?.cancel()
    expect((await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks:watch`, { headers: { accept: 'text/event-stream' } })).status).toBe(401)
  })

  test('goes with producers and readers, who ask for one for each call', async () => {
    const { addresses: { grpc: address } } = server
    let asked = 0
    const token = (): Promise<string> => {
      asked += 1
      return sign(signer)
    }
    const producer = new TaskProducer({ address, instance: INSTANCE, token })
    const ended = await producer.run({ command: 'c' }, () => Promise.resolve(undefined))
    producer.close()
    expect(asked).toBeGreaterThanOrEqual(3)
    const reader = new TaskReader({ address, instance: INSTANCE, token: await sign(signer) })
    expect(await reader.get(ended.id)).toMatchObject({ status: 'SUCCEEDED', createdBy: 'alice' })
    reader.close()
  })

  test('that cannot be had ends the call, not the client', async () => {
    let vault: 'closed' | 'open' = 'closed'
    const token = (): Promise<string> => (vault === 'open' ? sign(signer) : Promise.reject(new Error('the vault is closed')))
    const reader = new TaskplaneClient(server.addresses.grpc, { token })
    await expect(reader.list({ serviceInstanceId: INSTANCE })).rejects.toThrow('the vault is closed')
    vault = 'open'
    expect(await reader.list({ serviceInstanceId: INSTANCE })).toMatchObject({ nextPageToken: '' })
    reader.close()
  })

  // Node gives only the first of them to those who could refuse both.
  test.each([
    ['good', 'bad', true],
    ['bad', 'good', false],
  ])('is the first of two over gRPC: %s, then %s', async (first, second, isServed) => {
    const headers = await Promise.all([first, second].map(async (kind) => `Bearer ${kind === 'good' ? await sign(signer) : 'nonsense'}`))
    const connection = await RawHttp2.to(server.addresses.grpc)
    const begin = callHeaders(1, '/openshift.v1.TaskService/ListTasks', headers.map((value) => ['authorization', value] as const))
    const message = Buffer.from([0x0a, INSTANCE.length, ...Buffer.from(INSTANCE)])
    const body = frame(TYPE.data, END_STREAM, 1, Buffer.from([0, 0, 0, 0, message.length, ...message]))
    await connection.send(PREFACE, frame(TYPE.settings, 0, 0), begin, body)
    const answers = (type: number): number => connection.frames.filter((part) => part.type === type && part.stream === 1).length
    await connection.until(() => answers(TYPE.headers) === (isServed ? 2 : 1))
    expect(answers(TYPE.data)).toBe(isServed ? 1 : 0)
    connection.close()
  })
})

describe('on the command line', () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    runTaskplane(['list', '--instance', INSTANCE, '--grpc-address', server.addresses.grpc, '--output', 'json', ...args], { env })

  test('a token comes from an option, a file or the environment', async () => {
    const token = await sign(signer)
    const file = join(temporaryDirectory(), 'token')
    writeFileSync(file, `${token}\n`)
    for (const [args, env] of [
      [['--token', token], {}],
      [['--token-file', file], {}],
      [[], { TASKPLANE_TOKEN: token }],
      [[], { TASKPLANE_TOKEN_FILE: file }],
    ] as const) {
      expect(await run(args, env)).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test.each([
    [[], 'UNAUTHENTICATED: '],
    [['--token', 'nonsense'], 'UNAUTHENTICATED: '],
    [['--token-file', '/nowhere'], 'UNKNOWN: Getting metadata from plugin failed with error: ENOENT'],
    [['--token', 'a', '--token-file', 'b'], '--token and --token-file are both given'],
    [['--client-cert', 'a'], '--client-cert and --client-key go together'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(args)
    expect(code).toBe(1)
    expect(stderr).toContain(`taskplane: ${message}`)
  })
})

describe('when a token ends', () => {
  test('a watch and a wait over gRPC do too, and say why', async () => {
    const { id: taskId } = await create()
    const metadata = bearer(await shortToken(6))
    const service = new TaskServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure())
    onTestFinished(() => service.close())
    const watch = service.watchTasks(WatchTasksRequest.create({ serviceInstanceId: INSTANCE }), metadata).resume()
    const watched = once(watch, 'error') as Promise<[ServiceError]>
    const waited = new Promise<ServiceError | null>((resolve) => {
      const request = WaitTaskRequest.create({ serviceInstanceId: INSTANCE, taskId, timeout: { seconds: 60n, nanos: 0 } })
      service.waitTask(request, metadata, (error) => resolve(error))
    })
    const expected = { code: 'UNAUTHENTICATED', reason: 'CREDENTIALS_EXPIRED' }
    expect(errorInfo((await watched)[0])).toMatchObject(expected)
    expect(errorInfo((await waited)!)).toMatchObject(expected)
  })

  test('a stream over HTTP does too', async () => {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${await shortToken(6)}` }
    const response = await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks:watch`, { headers })
    const events: SentEvent[] = []
    for await (const event of sentEvents(Readable.fromWeb(response.body as never))) events.push(event)
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 16, details: [{ reason: 'CREDENTIALS_EXPIRED' }] } })
  })

  test('a reader goes on with the next one, and misses nothing', async () => {
    let asked = 0
    const token = (): Promise<string> => ((asked += 1) === 1 ? shortToken(6) : sign(signer))
    const reader = new TaskReader({ address: server.addresses.grpc, instance: INSTANCE, token })
    onTestFinished(() => reader.close())
    const made: string[] = []
    const seen: string[] = []
    for await (const { event } of reader.watch()) {
      if (event !== undefined) seen.push(event.taskId)
      if (asked > 1 && seen.length === made.length && made.length > 2) break
      if (seen.length === made.length) made.push((await create()).id)
    }
    expect(seen).toEqual(made)
  })
})

describe('beside the contract', () => {
  /** What reflection says, or the code that it ends with. */
  function reflect(address: string, metadata: Metadata): Promise<number> {
    const reflection = new ServerReflectionClient(address, ChannelCredentials.createInsecure())
    const stream = reflection.serverReflectionInfo(metadata)
    stream.write(ServerReflectionRequest.create({ messageRequest: { $case: 'listServices', value: '' } }))
    return new Promise<number>((resolve) => {
      stream.on('data', ({ messageResponse }: { messageResponse?: { value: { service: unknown[] } } }) => {
        resolve((messageResponse?.value.service.length ?? 0) > 0 ? 0 : -1)
        stream.end()
      })
      stream.on('error', ({ code }: ServiceError) => resolve(code))
    }).finally(() => reflection.close())
  }

  test('reflection asks for the same credentials', async () => {
    expect(await reflect(server.addresses.grpc, new Metadata())).toBe(16)
    expect(await reflect(server.addresses.grpc, bearer('nonsense'))).toBe(16)
    expect(await reflect(server.addresses.grpc, bearer(await sign(signer)))).toBe(0)
    const header = `Authorization: Bearer ${await sign(signer)}`
    const args = ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '-H', header, '--reflect-header', header]
    const { stdout } = await runProgram('node_modules/.bin/buf', [...args, '--list-services', `http://${server.addresses.grpc}`])
    expect(stdout).toContain('openshift.v1.TaskService')
  })

  test('reflection can be turned off', async () => {
    const silent = await startServer(temporaryDirectory(), { env: { TASKPLANE_REFLECTION: 'off' } })
    expect(await reflect(silent.addresses.grpc, new Metadata())).toBe(12)
    expect(await silent.stop()).toBe(0)
  })

  test('health is open', async () => {
    expect([...(await rawCall(server.addresses.grpc, 'grpc.health.v1.Health/Check', new Uint8Array()))]).toEqual([0x08, 1])
    expect((await fetch(`http://${server.addresses.admin}/readyz`)).status).toBe(200)
  })
})

test('a server whose identity provider is away starts, says so, and serves once it is back', async () => {
  const provider = await startIdentityProvider([signer])
  provider.misbehaviour = (_request, response) => response.writeHead(503).end()
  const env = { TASKPLANE_AUTH: 'jwt', TASKPLANE_JWT_ISSUER: provider.issuer, TASKPLANE_JWT_AUDIENCE: AUDIENCE }
  const waiting = await startServer(temporaryDirectory(), { env, limits: `${PATIENT},jwt.keysCooldownMs=50` })
  const headers = { authorization: `Bearer ${await sign(signer, { iss: provider.issuer })}` }
  const refused = await fetch(`${waiting.url}/openshift/v1/${INSTANCE}/tasks`, { headers })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await refused.json()).toMatchObject({ code: 14, details: [{ reason: 'IDENTITY_UNAVAILABLE' }, {}] })
  await expect.poll(() => waiting.log.find(({ msg }) => msg === 'fault')).toMatchObject({ where: 'identity' })
  provider.misbehaviour = undefined
  await expect.poll(async () => (await fetch(`${waiting.url}/openshift/v1/${INSTANCE}/tasks`, { headers })).status, { timeout: 5000 }).toBe(200)
  expect(await waiting.stop()).toBe(0)
})

test('tokens of Kubernetes service accounts have neither type nor grants of their own', async () => {
  const accessFile = join(temporaryDirectory(), 'access.json')
  const sub = 'system:serviceaccount:backup:agent'
  writeFileSync(accessFile, JSON.stringify({ subjects: { [sub]: [{ instances: [INSTANCE], roles: ['reader'] }] } }))
  const more = { TASKPLANE_JWT_TYPES: 'absent', TASKPLANE_ACCESS_FILE: accessFile }
  const cluster = await startServer(temporaryDirectory(), { env: { ...keyFileVariables(temporaryDirectory(), [signer]), ...more } })
  const status = async (claims: Record<string, unknown>, typ?: string): Promise<number> => {
    const token = await sign(signer, { instances: undefined, roles: undefined, ...claims }, { typ })
    return (await fetch(`${cluster.url}/openshift/v1/${INSTANCE}/tasks`, { headers: { authorization: `Bearer ${token}` } })).status
  }
  expect(await status({ sub })).toBe(200)
  expect(await status({ sub: `${sub}2` })).toBe(404)
  expect(await status({ sub }, 'at+jwt')).toBe(401)
  expect(await cluster.stop()).toBe(0)
})

test('a token that came with the credentials of the channel counts as any other', async () => {
  const credentials = CallCredentials.createFromMetadataGenerator((_options, done) => {
    sign(signer).then((token) => done(null, bearer(token)), done)
  })
  const answer = rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', Buffer.from([0x0a, 5, ...Buffer.from(INSTANCE)]), { credentials })
  expect((await answer).length).toBeGreaterThan(0)
})
