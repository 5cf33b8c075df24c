// Watching and waiting from outside: server-sent events, lines of JSON, `buf curl`, and the end of the server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { jsonLines, sentEvents, type SentEvent } from '../support/event-stream.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'vdc-1'
let server: ServerProcess
let producer: TaskplaneClient

beforeEach(async () => {
  server = await startServer(temporaryDirectory())
  producer = new TaskplaneClient(server.addresses.grpc)
})

afterEach(async () => {
  producer.close()
  expect(await server.stop()).toBe(0)
})

async function create(): Promise<string> {
  const { id } = await producer.create({ serviceInstanceId, task: Task.create({ command: 'c', cancelSupported: true }) })
  return id
}

const start = (taskId: string): Promise<Task> => producer.start({ serviceInstanceId, taskId })

interface Watching {
  readonly events: AsyncGenerator<SentEvent>
  readonly response: Response
  readonly close: () => void
}

async function watch(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Watching> {
  const left = new AbortController()
  const url = `${server.url}/openshift/v1/${serviceInstanceId}/tasks:watch?${query}`
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: left.signal })
  const body = response.body as unknown as AsyncIterable<Uint8Array>
  return { response, events: sentEvents(body), close: () => left.abort() }
}

async function take<T>(stream: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) {
    const next = await stream.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

describe('server-sent events', () => {
  test('have the revision as their id', async () => {
    const id = await create()
    const { events, response, close } = await watch('afterRevision=0')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await start(id)
    expect(await take(events, 2)).toMatchObject([
      { id: '1', data: { revision: '1', event: { kind: 'CREATED', taskId: id, to: 'PENDING' }, task: { id }, matches: true } },
      { id: '2', data: { revision: '2', event: { kind: 'STARTED', from: 'PENDING', to: 'RUNNING' } } },
    ])
    close()
  })

  test('of a snapshot have none: a client that comes back before its end begins again', async () => {
    const ids = [await create(), await create()]
    const { events, close } = await watch('snapshot=true')
    const [first, second, bookmark] = await take(events, 3)
    expect([first, second]).toMatchObject(ids.map((id) => ({ id: undefined, data: { task: { id }, matches: true } })))
    expect(bookmark).toMatchObject({ id: '2', data: { revision: '2' } })
    const third = await create()
    expect(await take(events, 1)).toMatchObject([{ id: '3', data: { task: { id: third } } }])
    close()
  })

  test('go on after Last-Event-ID, whatever the URL says', async () => {
    for (let count = 0; count < 4; count += 1) await create()
    const first = await watch('snapshot=true&afterRevision=0')
    expect((await take(first.events, 2)).map(({ id }) => id)).toEqual(['1', '2'])
    first.close()
    const second = await watch('snapshot=true&afterRevision=0', { 'last-event-id': '2' })
    expect((await take(second.events, 2)).map(({ id }) => id)).toEqual(['3', '4'])
    second.close()
  })

  test.each([
    ['a revision that is still to come', 'afterRevision=9', 400, 'INVALID_FIELD'],
    ['a filter that does not parse', 'filter=((', 400, 'INVALID_FILTER'],
  ])('are refused like any call: %s', async (_name, query, status, reason) => {
    const { response } = await watch(query)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ details: [{ reason }, {}] })
  })

  test('end with an error that says where to go on when the server stops', async () => {
    const id = await create()
    const { events } = await watch('afterRevision=0')
    await take(events, 1)
    await start(id)
    const rest = take(events, 5)
    expect(await server.stop()).toBe(0)
    expect((await rest).at(-1)).toMatchObject({
      event: 'error',
      data: { code: 14, details: [{ reason: 'WATCH_ENDED', metadata: { revision: '2' } }, {}] },
    })
  })
})

test('readers of the same events get them in the form that each asks for', async () => {
  const metadata = { typeUrl: 'type.googleapis.com/google.protobuf.Duration', value: Buffer.from([8, 5]) }
  await producer.create({ serviceInstanceId, task: Task.create({ command: 'c', metadata }) })
  const first = async (accept: string): Promise<string> => {
    const left = new AbortController()
    const response = await fetch(`${server.url}/openshift/v1/${serviceInstanceId}/tasks:watch?afterRevision=0`, { headers: { accept }, signal: left.signal })
    let received = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      received += Buffer.from(chunk).toString()
      if (received.endsWith('\n')) break
    }
    left.abort()
    return received
  }
  const forms = ['text/event-stream', 'application/x-ndjson'].flatMap((type) => [type, `${type};any=canonical`])
  const documented = '"metadata":{"typeUrl":"type.googleapis.com/google.protobuf.Duration","value":"CAU="}'
  const canonical = '"metadata":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"5s"}'
  for (let again = 0; again < 2; again += 1) {
    const [events = '', canonicalEvents = '', lines = '', canonicalLines = ''] = await Promise.all(forms.map(first))
    for (const text of [events, canonicalEvents]) expect(text).toMatch(/^id: 1\ndata: \{.*\}\n\n$/)
    for (const text of [lines, canonicalLines]) expect(text).toMatch(/^\{.*\}\n$/)
    expect([events, lines].every((text) => text.includes(documented))).toBe(true)
    expect([canonicalEvents, canonicalLines].every((text) => text.includes(canonical))).toBe(true)
  }
})

test('lines of JSON, one an answer', async () => {
  const id = await create()
  const left = new AbortController()
  const url = `${server.url}/openshift/v1/${serviceInstanceId}/tasks:watch?afterRevision=0&taskId=${id}`
  const response = await fetch(url, { headers: { accept: 'application/x-ndjson' }, signal: left.signal })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = jsonLines(response.body as unknown as AsyncIterable<Uint8Array>)
  await create()
  await start(id)
  expect(await take(lines, 2)).toMatchObject([{ event: { kind: 'CREATED' } }, { event: { kind: 'STARTED' } }])
  left.abort()
})

describe(':wait', () => {
  const wait = async (id: string, query = ''): Promise<unknown> =>
    (await fetch(`${server.url}/openshift/v1/${serviceInstanceId}/tasks/${id}:wait${query}`)).json()

  test('answers at the end of the task, or of the time', async () => {
    const id = await create()
    expect(await wait(id, '?timeout=0.05s')).toMatchObject({ task: { status: 'PENDING' } })
    await start(id)
    const waiting = wait(id)
    await producer.complete({ serviceInstanceId, taskId: id })
    expect(await waiting).toMatchObject({ task: { id, status: 'SUCCEEDED' } })
    expect(await wait('missing')).toMatchObject({ code: 5 })
  })

  test('does not hold up a server that stops', async () => {
    const id = await create()
    // Two connections are open after that: what goes over one arrives before what follows over the other.
    await Promise.all([wait(id, '?timeout=0s'), wait(id, '?timeout=0s')])
    const began = performance.now()
    const waiting = wait(id, '?timeout=60s')
    const stalled = producer.wait({ serviceInstanceId, taskId: id, timeout: { seconds: 60n, nanos: 0 } }).catch((error: unknown) => error)
    await Promise.all([wait(id, '?timeout=0s'), create()])
    expect(await server.stop()).toBe(0)
    expect(await waiting).toMatchObject({ code: 14, details: [{ reason: 'SHUTTING_DOWN' }, {}] })
    expect(await stalled).toMatchObject({ code: 'UNAVAILABLE' })
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

test('buf curl follows a watch, and shows how it ended', async () => {
  const id = await create()
  const request = JSON.stringify({ serviceInstanceId, afterRevision: '0' })
  const url = `http://${server.addresses.grpc}/openshift.v1.TaskService/WatchTasks`
  const curl = spawn('node_modules/.bin/buf', ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '-d', request, url])
  const [output, errors]: string[][] = [[], []]
  const hasTwo = new Promise<void>((resolve) => {
    createInterface(curl.stdout).on('line', (line) => {
      output?.push(line)
      if (output?.join('').includes('STARTED') === true) resolve()
    })
  })
  createInterface(curl.stderr).on('line', (line) => errors?.push(line))
  await start(id)
  await hasTwo
  const closed = once(curl, 'close')
  expect(await server.stop()).toBe(0)
  await closed
  expect(output?.join('')).toMatch(/"kind":\s*"CREATED".*"kind":\s*"STARTED"/)
  expect(JSON.parse(errors?.join('') ?? '')).toMatchObject({ code: 'unavailable', message: 'The stream was ended; go on after revision 2' })
})
