// The limits of what callers may send, each at its number and one beyond, through the door of a real server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAMILY_LIMITS, CONTROL_LIMITS, GRPC_LIMITS, HTTP_LIMITS, LEASE_LIMITS, LIST_LIMITS, RETENTION_LIMITS, TASK_LIMITS } from '../../src/limits.js'
import { ListTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { exchange, head } from '../support/raw-http1.js'
import { rawCall } from '../support/raw-grpc.js'
import { RawHttp2 } from '../support/raw-http2.js'
import { startServer, PATIENT, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
const INSTANCE = 'boundaries'
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory(), { limits: `${PATIENT},grpc.connectionIdleMs=500,watch.heartbeatMs=100,list.scanRows=1000` })
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function send(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${server.url}/openshift/v1/${INSTANCE}/${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const create = (task: object, query = ''): Promise<Answer> => send('POST', `tasks?${query}`, { command: 'c', ...task })

/** A task that was created with `query`; its id. */
async function created(query = '', task: object = {}): Promise<string> {
  const { status, body } = await create(task, query)
  expect(status, JSON.stringify(body)).toBe(202)
  return (body['task'] as { id: string }).id
}

const text = (length: number): string => 'x'.repeat(length)
const list = (query: string): Promise<Answer> => send('GET', `tasks?${query}`)
const seconds = (ms: number): string => `${ms / 1000}s`

/** One limit: what is sent with `n` of it is accepted, with one more refused. */
type Row = readonly [limit: string, most: number, send: (n: number) => Promise<Answer>]

const detail = (part: object): object => ({ type: 't', title: 'x', detail: 'x', ...part })
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

const TASK: readonly Row[] = [
  ['idLength', TASK_LIMITS.idLength, (n) => create({ command: text(n) })],
  ['requestIdLength', TASK_LIMITS.requestIdLength, (n) => create({}, `requestId=${text(n)}`)],
  ['actorBytes', TASK_LIMITS.actorBytes, async (n) => send('POST', `tasks/${await created()}:start`, { owner: text(n) })],
  ['summaryLength', TASK_LIMITS.summaryLength, (n) => create({ summary: text(n) })],
  ['descriptionLength', TASK_LIMITS.descriptionLength, (n) => create({ description: text(n) })],
  ['resourceNameLength', TASK_LIMITS.resourceNameLength, (n) => create({ resource: { id: 'r', name: text(n) } })],
  ['uriLength', TASK_LIMITS.uriLength, (n) => create({ resource: { id: 'r', uri: `/${text(n - 1)}` } })],
  ['collectionUris', TASK_LIMITS.collectionUris, (n) => create({ resource: { id: 'r', collectionUris: many(n, (i) => `/${i}`) } })],
  ['statusDetails', TASK_LIMITS.statusDetails, (n) => create({ statusDetails: many(n, () => detail({})) })],
  ['statusDetailTypeLength', TASK_LIMITS.statusDetailTypeLength, (n) => create({ statusDetails: [detail({ type: text(n) })] })],
  ['statusDetailTitleLength', TASK_LIMITS.statusDetailTitleLength, (n) => create({ statusDetails: [detail({ title: text(n) })] })],
  ['statusDetailDetailLength', TASK_LIMITS.statusDetailDetailLength, (n) => create({ statusDetails: [detail({ detail: text(n) })] })],
  ['labels', TASK_LIMITS.labels, (n) => create({ labels: Object.fromEntries(many(n, (i) => [`k${i}`, 'v'])) })],
  ['labelKeyLength', TASK_LIMITS.labelKeyLength, (n) => create({ labels: { [text(n)]: 'v' } })],
  ['labelValueBytes', TASK_LIMITS.labelValueBytes, (n) => create({ labels: { k: text(n) } })],
  ['errorMessageLength', TASK_LIMITS.errorMessageLength, async (n) => send('POST', `tasks/${await running()}:fail`, { error: { code: 13, message: text(n) } })],
  ['payloadBytes', TASK_LIMITS.payloadBytes, (n) => create({ metadata: payload(n) })],
]

const OTHERS: readonly Row[] = [
  ['CONTROL_LIMITS.reasonLength', CONTROL_LIMITS.reasonLength, async (n) => send('POST', `tasks/${await created('', { cancelSupported: true })}:cancel`, { reason: text(n) })],
  ['LEASE_LIMITS.ttlMaxMs', LEASE_LIMITS.ttlMaxMs, (n) => create({}, `leasePolicy.ttl=${seconds(n)}`)],
  ['LEASE_LIMITS.attempts', LEASE_LIMITS.attempts, (n) => create({}, `leasePolicy.ttl=60s&leasePolicy.maxAttempts=${n}`)],
  ['LEASE_LIMITS.tokenLength', LEASE_LIMITS.tokenLength, async (n) => send('POST', `tasks/${await created('leasePolicy.ttl=60s')}:start`, { leaseToken: text(n) })],
  ['RETENTION_LIMITS.ageMaxMs', RETENTION_LIMITS.ageMaxMs, (n) => send('PUT', 'retentionPolicy', { succeededAge: seconds(n) })],
  ['LIST_LIMITS.filterBytes', LIST_LIMITS.filterBytes, (n) => list(`filter=${encodeURIComponent(`command = "${text(n - 12)}"`)}`)],
  ['LIST_LIMITS.filterComparisons', LIST_LIMITS.filterComparisons, (n) => list(`filter=${encodeURIComponent(many(n, () => 'status=RUNNING').join(' '))}`)],
  ['LIST_LIMITS.filterDepth', LIST_LIMITS.filterDepth, (n) => list(`filter=${encodeURIComponent(`${'('.repeat(n)}status = RUNNING${')'.repeat(n)}`)}`)],
  ['HTTP_LIMITS.bodyBytes', HTTP_LIMITS.bodyBytes, (n) => raw(n, '{"description":""}', (rest) => `{"description":"${text(rest)}"}`)],
  ['HTTP_LIMITS.jsonDepth', HTTP_LIMITS.jsonDepth, (n) => create({ metadata: { '@type': 'type.googleapis.com/google.protobuf.ListValue', value: nested(n - 2) } })],
  ['HTTP_LIMITS.urlBytes', HTTP_LIMITS.urlBytes, (n) => list(`filter=${'%20'.repeat(20)}${text(n - `/openshift/v1/${INSTANCE}/tasks?filter=`.length - 60)}`)],
]

function payload(bytes: number): object {
  const typeUrl = 'example.com/acme.Cluster'
  return { typeUrl, value: Buffer.alloc(bytes - typeUrl.length).toString('base64') }
}

async function running(): Promise<string> {
  const id = await created()
  expect((await send('POST', `tasks/${id}:start`, {})).status).toBe(200)
  return id
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

/** A body of so many bytes, which no field can take: what is refused for its size says so. */
async function raw(bytes: number, around: string, make: (rest: number) => string): Promise<Answer> {
  const body = make(bytes - around.length)
  const response = await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** `taken`, or the status of a refusal. */
const verdict = ({ status }: Answer): 'taken' | number => (status < 300 ? 'taken' : status)

function reason({ body }: Answer): unknown {
  return (body['details'] as { reason?: string }[] | undefined)?.[0]?.reason
}

/** What stands in the way one beyond a limit that has a reason of its own; there, at the limit another rule is met. */
const REASONS: Readonly<Record<string, string>> = {
  'HTTP_LIMITS.bodyBytes': 'BODY_TOO_LARGE',
  'HTTP_LIMITS.jsonDepth': 'JSON_TOO_DEEP',
  'HTTP_LIMITS.urlBytes': 'URL_TOO_LONG',
}

describe('at its number and one beyond', () => {
  test.each([...TASK.map(([limit, most, call]) => [`TASK_LIMITS.${limit}`, most, call] as const), ...OTHERS])('%s, %i', async (limit, most, call) => {
    const own = REASONS[limit]
    const within = await call(most)
    const beyond = await call(most + 1)
    if (own === undefined) expect([verdict(within), verdict(beyond)], JSON.stringify([within.body, beyond.body])).toEqual(['taken', 400])
    else expect([reason(within) === own, reason(beyond)]).toEqual([false, own])
  })

  test.each([
    ['LEASE_LIMITS.ttlMinMs', LEASE_LIMITS.ttlMinMs, (n: number) => create({}, `leasePolicy.ttl=${seconds(n)}`)],
    ['LEASE_LIMITS.tokenMinLength', LEASE_LIMITS.tokenMinLength, async (n: number) => send('POST', `tasks/${await created('leasePolicy.ttl=60s')}:start`, { leaseToken: text(n) })],
    ['RETENTION_LIMITS.ageMinMs', RETENTION_LIMITS.ageMinMs, (n: number) => send('PUT', 'retentionPolicy', { failedAge: seconds(n) })],
  ] as const)('%s, %i, and one below', async (_limit, least, call) => {
    expect([verdict(await call(least)), verdict(await call(least - 1))]).toEqual(['taken', 400])
  })

  test(`FAMILY_LIMITS.deadlineMs, ${FAMILY_LIMITS.deadlineMs}`, async () => {
    const ahead = (ms: number): Promise<Answer> => create({ deadline: new Date(Date.now() + ms).toISOString() })
    // Time passes on the way.
    expect([verdict(await ahead(FAMILY_LIMITS.deadlineMs)), verdict(await ahead(FAMILY_LIMITS.deadlineMs + 60_000))]).toEqual(['taken', 400])
  })

  test(`LIST_LIMITS.pageSizeDefault and pageSizeMax, ${LIST_LIMITS.pageSizeDefault} and ${LIST_LIMITS.pageSizeMax}`, async () => {
    const other = (path: string, body?: object): Promise<Response> =>
      fetch(`${server.url}/openshift/v1/many/${path}`, { method: body === undefined ? 'GET' : 'POST', headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body) })
    for (let batch = 0; batch <= LIST_LIMITS.pageSizeMax; batch += 100) {
      await Promise.all(many(Math.min(100, LIST_LIMITS.pageSizeMax + 1 - batch), async () => (await other('tasks', { command: 'c' })).text()))
    }
    const length = async (query: string): Promise<number> => ((await (await other(`tasks?${query}`)).json()) as { tasks: unknown[] }).tasks.length
    expect([await length(''), await length(`pageSize=${LIST_LIMITS.pageSizeMax}`), await length(`pageSize=${LIST_LIMITS.pageSizeMax + 1}`)]).toEqual([
      LIST_LIMITS.pageSizeDefault,
      LIST_LIMITS.pageSizeMax,
      LIST_LIMITS.pageSizeMax,
    ])
    // Of 1,001 tasks that do not match, list.scanRows are looked at for a page.
    const pages: number[] = []
    for (let token = '', more = true; more; more = token !== '') {
      const page = (await (await other(`tasks?filter=${encodeURIComponent('modified_by = "nobody"')}&pageToken=${token}`)).json()) as { tasks: unknown[]; nextPageToken?: string }
      pages.push(page.tasks.length)
      token = page.nextPageToken ?? ''
    }
    expect(pages).toEqual([0, 0])
  })

  test(`GRPC_LIMITS.receiveBytes, ${GRPC_LIMITS.receiveBytes}`, async () => {
    const called = (bytes: number): Promise<Uint8Array> => rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', Buffer.alloc(bytes))
    await expect(called(GRPC_LIMITS.receiveBytes)).rejects.toMatchObject({ code: 3 })
    await expect(called(GRPC_LIMITS.receiveBytes + 1)).rejects.toMatchObject({ code: 8 })
  })

  test(`HTTP_LIMITS.headerBytes, ${HTTP_LIMITS.headerBytes}`, async () => {
    const request = (bytes: number): Promise<string> => exchange(server.addresses.http, head(`GET /openshift/v1/${INSTANCE}/tasks`, `X-A: ${text(bytes)}`))
    // What counts beside the value: the rest of the head.
    expect(await request(HTTP_LIMITS.headerBytes - 200)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await request(HTTP_LIMITS.headerBytes)).toMatch(/^HTTP\/1\.1 431 /)
  })
})

test('WATCH_LIMITS.heartbeatMs: a stream on which nothing happens shows that it is alive', async () => {
  const left = new AbortController()
  const response = await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks:watch`, { headers: { accept: 'text/event-stream' }, signal: left.signal })
  let received = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    received += Buffer.from(chunk).toString()
    if (received.endsWith(':\n\n')) break
  }
  left.abort()
  expect(received).toMatch(/:\n\n$/)
})

test('GRPC_LIMITS.connectionIdleMs: a connection without calls is closed', async () => {
  // The server counts from when it has the connection, which is before this process knows.
  const began = performance.now()
  const connection = await RawHttp2.greeted(server.addresses.grpc)
  await connection.untilClosed()
  expect(performance.now() - began).toBeGreaterThan(400)
  const request = ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId: INSTANCE })).finish()
  await rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', request)
})
