// The follower of the console against a real server: it goes on where it was, and says how it stands.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { follow } from '../../src/console/api/follow.js'
import type { Connection } from '../../src/console/api/follow-listener.js'
import { plainSend, type Send } from '../../src/console/api/request.js'
import { listTasks } from '../../src/console/api/tasks-api.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess
let proxy: TcpProxy
let client: TaskplaneClient

beforeAll(async () => {
  server = await startServer(directory())
  proxy = await startTcpProxy(server.addresses.http)
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  client.close()
  proxy.close()
  expect(await server.stop()).toBe(0)
})

/** What a follower heard, and a way to await it. */
class Heard {
  readonly commands: string[] = []
  readonly connections: Connection[] = []
  readonly end: Promise<'gap' | 'left'>
  private readonly left = new AbortController()
  private wake: () => void = () => undefined

  constructor(send: Send, request: { readonly instance: string; readonly after: string; readonly filter?: string }) {
    onTestFinished(() => this.left.abort())
    const listener = {
      onAnswers: (answers: readonly { readonly task?: { readonly command: string } }[]) => {
        this.commands.push(...answers.flatMap(({ task }) => task?.command ?? []))
        this.wake()
      },
      onConnection: (connection: Connection) => {
        this.connections.push(connection)
        this.wake()
      },
    }
    this.end = follow(send, { filter: '', ...request }, listener, this.left.signal).then(
      () => 'gap',
      () => 'left',
    )
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.wake = resolve))
  }

  kinds(): string[] {
    return this.connections.map(({ kind }) => kind)
  }

  leave(): void {
    this.left.abort()
  }
}

async function record(instance: string, command: string): Promise<void> {
  await client.create({ serviceInstanceId: instance, task: Task.create({ command }) })
}

async function head(instance: string): Promise<string> {
  return (await listTasks(plainSend(server.url), instance, {}, new AbortController().signal)).revision ?? '0'
}

test('what happens comes in order, each once, and goes on after a disconnect', async () => {
  await record('torn', 'before')
  const heard = new Heard(plainSend(`http://${proxy.address}`), { instance: 'torn', after: await head('torn') })
  await heard.until(() => heard.kinds().includes('live'))
  await record('torn', 'first')
  await heard.until(() => heard.commands.length === 1)
  proxy.reset()
  await heard.until(() => heard.kinds().includes('lost'))
  await record('torn', 'second')
  await heard.until(() => heard.commands.length === 2)
  expect(heard.commands).toEqual(['first', 'second'])
  expect(heard.kinds()).toEqual(['connecting', 'live', 'lost', 'live'])
  heard.leave()
  expect(await heard.end).toBe('left')
})

test('a filter is the server’s to apply', async () => {
  const heard = new Heard(plainSend(server.url), { instance: 'filtered', after: '0', filter: 'command = wanted' })
  await record('filtered', 'other')
  await record('filtered', 'wanted')
  await heard.until(() => heard.commands.length > 0)
  expect(heard.commands).toEqual(['wanted'])
})

test('a revision that another store had ends it, so that all is loaded anew', async () => {
  await record('new', 'only')
  const heard = new Heard(plainSend(server.url), { instance: 'new', after: '1000' })
  expect(await heard.end).toBe('gap')
})

test('old news says how far behind it is, until all is shown', async () => {
  await record('behind', 'old')
  const late: Send = async (path, init) => {
    const response = await plainSend(server.url)(path, init)
    // As if the server's clock said that this is a minute old.
    const headers = new Headers(response.headers)
    headers.set('date', new Date(Date.now() + 60_000).toUTCString())
    return new Response(response.body, { status: response.status, headers })
  }
  const heard = new Heard(late, { instance: 'behind', after: '0' })
  const behind = (): number[] => heard.connections.flatMap((connection) => (connection.kind === 'live' ? connection.behindMs : []))
  await heard.until(() => behind().length === 3)
  const [first, most = 0, last] = behind()
  expect([first, last]).toEqual([0, 0])
  expect(most).toBeGreaterThan(50_000)
})

test('a server that is away is tried again, later and later', async () => {
  const started = performance.now()
  const heard = new Heard(plainSend('http://127.0.0.1:1'), { instance: 'away', after: '0' })
  await heard.until(() => heard.kinds().filter((kind) => kind === 'lost').length === 3)
  const waits = heard.connections.flatMap((connection) => (connection.kind === 'lost' ? connection.retryAt - connection.since : []))
  expect(performance.now() - started).toBeGreaterThan(1000)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
})
