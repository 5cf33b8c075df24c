// The Astra face on a real port over a real store: paths, queries, headers, bodies, pages, and errors in its own form.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Dispatcher } from '../../../src/api/dispatcher.js'
import { operationsApi } from '../../../src/api/operations-api.js'
import { PollAdvice } from '../../../src/api/poll-advice.js'
import { Redactor } from '../../../src/api/redaction.js'
import { taskApi } from '../../../src/api/task-api.js'
import { startHttpServer, type HttpServer } from '../../../src/http/http-server.js'
import { restApp } from '../../../src/http/rest-app.js'
import { HTTP_LIMITS, LIST_LIMITS } from '../../../src/limits.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import { TaskError, type ErrorCode } from '../../../src/task/task-error.js'
import { TaskService } from '../../../src/task/task-service.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { openClockedSqlite, type ClockedStore } from '../../support/clocked-store.js'
import { ask, type HttpAnswer, type HttpQuestion } from '../../support/http-ask.js'
import { create, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { faultsOfFieldList, faultsOfList, faultsOfProblem, faultsOfTask } from './astra-schema.js'

const ACCOUNT = 'fdaa655c-15ab-4d34-aa61-1e9098e67be0'
const TASKS = `/accounts/${ACCOUNT}/core/v1/tasks`
const ids = Array.from({ length: 30 }, (_, i) => `00000000-0000-4000-8000-0000000000${String(i + 10)}`)

interface ListJson {
  readonly items: readonly { readonly id: string; readonly state: string; readonly name: string }[]
  readonly metadata: { readonly count?: number; readonly continue?: string }
}

let store: ClockedStore
let server: HttpServer
let reported: unknown[]
let failures: { get?: Error; list?: Error }

beforeEach(async () => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  reported = []
  failures = {}
  const report = (error: unknown): void => void reported.push(error)
  const tasks = new TaskService({ store: failing(store), now: () => new Date(store.now), report })
  const polls = new PollAdvice(tasks, '')
  const methods = [...taskApi(tasks), ...operationsApi(tasks, polls)]
  const app = restApp({ methods, tasks, dispatcher: new Dispatcher(report), redactor: new Redactor([]), polls, report })
  server = await startHttpServer({ host: '127.0.0.1', port: 0 }, app)
})

afterEach(async () => {
  server.close()
  await server.drain()
  await store.close()
})

/** `store`, whose reads reject with `failures` once a test has set some. */
function failing(real: TaskStore): TaskStore {
  return new Proxy(real, {
    get(target, name) {
      const failure = name === 'get' || name === 'list' ? failures[name] : undefined
      const method: unknown = failure === undefined ? Reflect.get(target, name) : () => Promise.reject(failure)
      return typeof method === 'function' ? (method.bind(target) as unknown) : method
    },
  })
}

function get(path: string, question?: HttpQuestion): Promise<HttpAnswer> {
  return ask(`http://127.0.0.1:${server.port}${path}`, question)
}

async function list(query = ''): Promise<ListJson> {
  const { status, json } = await get(`${TASKS}${query}`)
  expect([status, faultsOfList(json)]).toEqual([200, []])
  return json as ListJson
}

async function record(id: string, ...[task, more]: Parameters<typeof create> extends [string, ...infer Rest] ? Rest : never): Promise<void> {
  await store.write(create(id, task, { instance: ACCOUNT as InstanceId, ...more }))
}

describe('what is read', () => {
  test('a list has the newest first, and counts', async () => {
    for (const id of ids.slice(0, 3)) await record(id)
    const { items, metadata } = await list()
    expect(items.map(({ id }) => id)).toEqual(ids.slice(0, 3).reverse())
    expect(metadata).toEqual({
      count: 3,
      labels: [],
      creationTimestamp: new Date(store.now).toISOString(),
      modificationTimestamp: new Date(store.now).toISOString(),
      createdBy: '00000000-0000-0000-0000-000000000000',
    })
  })

  test('an account without tasks has an empty list', async () => {
    expect(await list()).toMatchObject({ items: [], metadata: { count: 0 } })
  })

  test('a task is the same in the list and alone', async () => {
    await record(ids[0]!, { summary: 'Backup', createdBy: ACCOUNT })
    const { json } = await get(`${TASKS}/${ids[0]!}`)
    expect(faultsOfTask(json)).toEqual([])
    expect((await list()).items).toEqual([json])
  })

  test('tasks of another instance are not there', async () => {
    await record(ids[0]!, {}, { instance: 'vdc-1' as InstanceId })
    expect((await list()).items).toEqual([])
    expect((await get(`${TASKS}/${ids[0]!}`)).status).toBe(404)
  })

  test('include gives values in the order they were asked for, and nothing around them', async () => {
    await record(ids[0]!, { command: 'cluster.create' })
    const { json } = await get(`${TASKS}?include=name,id,service,resourceCollectionURI`)
    expect(faultsOfFieldList(json)).toEqual([])
    expect(json).toEqual({ items: [['cluster.create', ids[0], null, []]], metadata: {} })
  })
})

describe('pages', () => {
  /** The ids on each page of a list. */
  async function walk(query: string): Promise<string[][]> {
    const pages: string[][] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { items, metadata }: ListJson = await list(`?${query}${token === '' ? '' : `&continue=${token}`}`)
      pages.push(items.map(({ id }) => id))
      token = metadata.continue
    }
    return pages
  }

  test('a walk meets every task once, also when others come meanwhile', async () => {
    for (const id of ids.slice(0, 7)) await record(id)
    const first = await list('?limit=3')
    await record(ids[7]!)
    const second = await list(`?limit=3&continue=${first.metadata.continue!}`)
    const third = await list(`?limit=3&continue=${second.metadata.continue!}`)
    expect([first, second, third].map(({ items }) => items.length)).toEqual([3, 3, 1])
    expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids.slice(0, 7).reverse())
    expect(third.metadata.continue).toBeUndefined()
  })

  test('a token is letters and digits, as base64 could be', async () => {
    for (const id of ids.slice(0, 2)) await record(id)
    expect((await list('?limit=1')).metadata.continue).toMatch(/^([A-Za-z0-9]{4})+$/)
  })

  test('a filter that only the face can check is walked too', async () => {
    for (const [i, id] of ids.entries()) await record(id, { command: i % 3 === 0 ? 'cluster.create' : 'backup', service: 's' })
    const wanted = ids.filter((_, i) => i % 3 === 0).reverse()
    const pages = await walk(`limit=4&filter=name%20eq%20'cluster.create'&filter=service+eq+'s'`)
    expect(pages).toEqual([wanted.slice(0, 4), wanted.slice(4, 8), wanted.slice(8)])
  })

  test('fields are paged too', async () => {
    for (const id of ids.slice(0, 2)) await record(id)
    const first = (await get(`${TASKS}?include=id&limit=1`)).json as ListJson
    const second = await get(`${TASKS}?include=id&limit=1&continue=${first.metadata.continue!}`)
    expect(second.json).toEqual({ items: [[ids[0]]], metadata: {} })
  })

  test('the count is that of the whole list, and is left out where only a walk would tell', async () => {
    for (const id of ids.slice(0, 5)) await record(id)
    await store.write(start(ids[0]!, { instance: ACCOUNT as InstanceId }))
    expect((await list('?limit=2')).metadata.count).toBe(5)
    expect((await list(`?limit=2&filter=state eq 'notStarted'`.replaceAll(' ', '+'))).metadata.count).toBeUndefined()
    expect((await list(`?filter=state+eq+'running'`)).metadata.count).toBe(1)
  })

  test('without a limit, and with a higher one, a page has as much as a page holds', async () => {
    const extra = LIST_LIMITS.pageSizeMax - ids.length + 1
    const more = Array.from({ length: extra }, (_, i) => `00000000-0000-4000-9000-${String(i).padStart(12, '0')}`)
    for (const id of [...ids, ...more]) await record(id)
    for (const query of ['', `?limit=${LIST_LIMITS.pageSizeMax + 1}`, '?limit=99999999999999999999999']) {
      expect((await list(query)).items).toHaveLength(LIST_LIMITS.pageSizeMax)
    }
  })

  test('one id is looked up, not searched for', async () => {
    for (const id of ids.slice(0, 3)) await record(id)
    failures = { list: new Error('searched') }
    expect((await list(`?filter=id+eq+'${ids[1]!}'`)).items.map(({ id }) => id)).toEqual([ids[1]])
    expect((await list(`?filter=id+eq+'${ids[1]!}',state+eq+'running'`)).items).toEqual([])
    expect(await list(`?filter=id+eq+'${ids[9]!}'`)).toMatchObject({ items: [], metadata: { count: 0 } })
  })

  test.each([
    ['nonsense', ''],
    ['A1', ''],
    ['', ''],
    ['of another filter', `&filter=state+eq+'running'`],
  ])('a token that is %j is refused', async (token, query) => {
    for (const id of ids.slice(0, 2)) await record(id)
    const sent = token.startsWith('of') ? (await list('?limit=1')).metadata.continue! : token
    const answer = await get(`${TASKS}?continue=${sent}${query}`)
    expectProblem(answer, 400, 5)
    expect(answer.json).toMatchObject({ invalidParams: [{ name: 'continue', reason: expect.stringContaining('24 hours') as string }] })
  })

  test('a token is not good for another account, nor after a day', async () => {
    for (const id of ids.slice(0, 2)) await record(id)
    const token = (await list('?limit=1')).metadata.continue!
    expectProblem(await get(`/accounts/${ids[0]!}/core/v1/tasks?continue=${token}`), 400, 5)
    await store.advance(LIST_LIMITS.pageTokenAgeMs + 1)
    expectProblem(await get(`${TASKS}?continue=${token}`), 400, 5)
  })
})

describe('what clients send', () => {
  test('a GET with an empty JSON object, blanks as plus, and the filter repeated', async () => {
    await record(ids[0]!, { service: 'nautilus' })
    const query = "?include=id,state&filter=state+eq+'notStarted'&filter=service+eq+'nautilus'"
    const { status, json } = await get(`${TASKS}${query}`, {
      headers: { 'content-type': 'application/json', accept: '*/*', authorization: 'Bearer x' },
      body: '{}',
    })
    expect([status, json]).toEqual([200, { items: [[ids[0], 'notStarted']], metadata: {} }])
  })

  test('HEAD is GET without a body', async () => {
    await record(ids[0]!)
    const answer = await get(`${TASKS}/${ids[0]!}`)
    const head = await get(`${TASKS}/${ids[0]!}`, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['etag', 'content-type', 'content-length']) expect(head.headers[name]).toBe(answer.headers[name])
    expect((await get(TASKS, { method: 'HEAD' })).status).toBe(200)
    expect((await get(`${TASKS}/${ids[1]!}`, { method: 'HEAD' })).status).toBe(404)
  })

  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/astra-task+json', 'application/astra-task+json'],
    ['application/json;q=0.5, application/astra-task+json', 'application/astra-task+json'],
  ])('a task for those who accept %s is %s', async (accept, type) => {
    await record(ids[0]!)
    const { status, headers, json } = await get(`${TASKS}/${ids[0]!}`, accept === undefined ? {} : { headers: { accept } })
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, type, 'nosniff'])
    expect(faultsOfTask(json)).toEqual([])
  })

  test('an ETag is the MD5 of the JSON, and a task that has it is not sent again', async () => {
    await record(ids[0]!)
    const { headers, text } = await get(`${TASKS}/${ids[0]!}`)
    expect(headers.etag).toBe(`"${createHash('md5').update(text).digest('hex')}"`)
    const again = (tag: string): Promise<HttpAnswer> => get(`${TASKS}/${ids[0]!}`, { headers: { 'if-none-match': tag } })
    for (const tag of [headers.etag!, `"other", W/${headers.etag!}`, '*']) expect([tag, (await again(tag)).status]).toEqual([tag, 304])
    expect(await again(headers.etag!)).toMatchObject({ text: '', headers: { etag: headers.etag } })
    await store.write(start(ids[0]!, { instance: ACCOUNT as InstanceId }))
    expect((await again(headers.etag!)).status).toBe(200)
  })
})

function expectProblem({ status, headers, json }: HttpAnswer, expected: number, number: number | undefined): void {
  expect(faultsOfProblem(json)).toEqual([])
  const type = number === undefined ? 'about:blank' : `https://astra.netapp.io/problems/${number}`
  expect([status, headers['content-type']]).toEqual([expected, 'application/problem+json'])
  expect(json).toMatchObject({ type, status: String(expected) })
}

describe('what is refused', () => {
  test.each([
    ['/accounts', 404, 2],
    ['/accounts/', 404, 2],
    [`/accounts/${ACCOUNT}`, 404, 2],
    [`/accounts/${ACCOUNT}/core/v1/users`, 404, 2],
    [`/accounts/${ACCOUNT}/core/v2/tasks`, 404, 2],
    [`${TASKS}/${ACCOUNT}/more`, 404, 2],
    [`${TASKS}/${ACCOUNT}`, 404, 1],
    ['/accounts/vdc-1/core/v1/tasks', 400, 33],
    [`/accounts/${ACCOUNT.toUpperCase()}/core/v1/tasks`, 400, 33],
    ['/accounts//core/v1/tasks', 400, 33],
    ['/accounts/%zz/core/v1/tasks', 400, 33],
    [`${TASKS}/task-1`, 400, 35],
    [`${TASKS}/`, 400, 35],
    [`${TASKS}/018f2b1e-0000-7000-8000-000000000000`, 400, 35],
    [`${TASKS}?filter=%zz`, 400, 5],
    [`${TASKS}?filter=${'a'.repeat(HTTP_LIMITS.urlBytes)}`, 414, undefined],
  ] as const)('GET %s: %i, problem %s', async (path, status, number) => {
    expectProblem(await get(path), status, number)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['include=', 'include'],
    ['include=id,', 'include'],
    ['include=colour', 'include'],
    ['include=metadata.labels', 'include'],
    ['include=id,id', 'include'],
    ['include=toString', 'include'],
    ['filter=', 'filter'],
    ["filter=state+eq+''", 'filter'],
    ["filter=state+is+'running'", 'filter'],
  ])('?%s is problem 5, and names %s', async (query, name) => {
    const answer = await get(`${TASKS}?${query}`)
    expectProblem(answer, 400, 5)
    expect(answer.json).toMatchObject({
      title: 'Invalid query parameters',
      invalidParams: [{ name, reason: expect.stringMatching(/expected/) as string }],
    })
  })

  test('every bad parameter is named', async () => {
    const { json } = await get(`${TASKS}?limit=x&include=x&filter=x&continue=x`)
    const names = (json as { invalidParams: { name: string }[] }).invalidParams.map(({ name }) => name)
    expect(names.sort()).toEqual(['continue', 'filter', 'include', 'limit'])
  })

  test.each([
    [`${TASKS}?orderBy=id`, 'orderBy'],
    [`${TASKS}?count=true&limit=0`, 'count'],
    [`${TASKS}?toString=1`, 'toString'],
    [`${TASKS}/${ids[0]!}?include=id`, 'include'],
  ])('%s is problem 6', async (path, name) => {
    const answer = await get(path)
    expectProblem(answer, 400, 6)
    expect(answer.json).toMatchObject({ title: 'Query parameters not supported', invalidParams: [{ name }] })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is problem 69, and says what is allowed', async (method) => {
    const answer = await get(TASKS, { method, body: '{}' })
    expectProblem(answer, 405, 69)
    expect(answer.headers.allow).toBe('GET, HEAD')
    expectProblem(await get(`/accounts/${ACCOUNT}/core/v1/users`, { method }), 404, 2)
  })

  test.each([
    [TASKS, 'text/html'],
    [TASKS, 'application/astra-task+json'],
    [`${TASKS}/${ids[0]!}`, 'application/xml'],
    [`${TASKS}/${ids[0]!}`, 'application/json;q=0'],
    [`${TASKS}/${ids[0]!}`, 'nonsense'],
  ])('%s for those who accept only %s is problem 32', async (path, accept) => {
    expectProblem(await get(path, { headers: { accept } }), 406, 32)
  })

  test.each([
    ['cut short', 400, 7, '{', { 'content-type': 'application/json' }],
    ['not UTF-8', 400, 7, Buffer.from([0x22, 0xff, 0x22]), {}],
    ['not compressed as it says', 400, 7, '{}', { 'content-encoding': 'gzip' }],
    ['no JSON by its own account', 400, 12, '{}', { 'content-type': 'text/plain' }],
    ['compressed in an unknown way', 400, 12, '{}', { 'content-encoding': 'zip' }],
    ['too large', 413, undefined, `"${'a'.repeat(HTTP_LIMITS.bodyBytes)}"`, {}],
  ] as const)('a body that is %s: %i, problem %s', async (_what, status, number, body, headers) => {
    expectProblem(await get(TASKS, { body, headers }), status, number)
    expect(await get(TASKS)).toMatchObject({ status: 200 })
  })

  test('a large body of a method that is not there is refused without reading it in', async () => {
    expectProblem(await get(TASKS, { method: 'POST', body: 'a'.repeat(4 * HTTP_LIMITS.bodyBytes) }), 405, 69)
  })

  test('the id of a request comes back, when it has the form of one', async () => {
    const asked = (id: string): Promise<HttpAnswer> => get('/accounts/x', { headers: { 'x-request-id': id } })
    expect((await asked('8f84cf09-8036-51e4-b579-bd30cb07b269')).json).toMatchObject({ correlationID: '8f84cf09-8036-51e4-b579-bd30cb07b269' })
    expect((await asked('<script>')).json).not.toHaveProperty('correlationID')
  })

  test('other paths are left to the gateway', async () => {
    for (const path of ['/accountsx', '/openshift/v1/a/b', '/']) {
      const { status, json } = await get(path)
      expect([status, json]).toEqual([404, expect.objectContaining({ code: 5 })])
    }
  })
})

describe('what fails', () => {
  const bearer = { authorization: 'Bearer x' }
  test.each([
    ['UNAUTHENTICATED', {}, 401, 3, { 'www-authenticate': 'Bearer' }],
    ['UNAUTHENTICATED', bearer, 401, 4, { 'www-authenticate': 'Bearer' }],
    ['PERMISSION_DENIED', bearer, 403, 11, {}],
    ['NOT_FOUND', {}, 404, 1, {}],
    ['UNAVAILABLE', {}, 503, 41, { 'retry-after': '2' }],
    ['RESOURCE_EXHAUSTED', {}, 503, 41, { 'retry-after': '2' }],
    ['DEADLINE_EXCEEDED', {}, 503, 41, { 'retry-after': '2' }],
    ['INTERNAL', {}, 500, 34, {}],
    ['ABORTED', {}, 500, 34, {}],
  ] as const)('%s with %j: %i, problem %i', async (code: ErrorCode, headers, status, number, expected) => {
    const details = 'retry-after' in expected ? { retryDelayMs: 1500 } : {}
    const failure = new TaskError(code, 'INTERNAL_FAULT', 'as a test says', details)
    failures = { get: failure, list: failure }
    for (const path of [TASKS, `${TASKS}/${ids[0]!}`]) {
      const answer = await get(path, { headers })
      expectProblem(answer, status, number)
      expect(answer.headers).toMatchObject(expected)
    }
  })

  test('a fault is reported, and tells its caller nothing', async () => {
    const failure = new Error('secret')
    failures = { list: failure }
    const answer = await get(TASKS)
    expectProblem(answer, 500, 34)
    expect(answer.text).not.toContain('secret')
    expect(reported).toEqual([failure])
  })
})

test('the documented errors are given word for word', async () => {
  const titles = await Promise.all([
    get(`${TASKS}/${ids[0]!}`),
    get(`/accounts/${ACCOUNT}/core/v1/users`),
    get(`${TASKS}?limit=0`),
  ])
  expect(titles.map(({ json }) => json)).toMatchObject([
    {
      type: 'https://astra.netapp.io/problems/1',
      title: 'Resource not found',
      detail: "The resource specified in the request URI wasn't found.",
      status: '404',
    },
    {
      type: 'https://astra.netapp.io/problems/2',
      title: 'Collection not found',
      detail: "The collection specified in the request URI wasn't found.",
      status: '404',
    },
    {
      type: 'https://astra.netapp.io/problems/5',
      title: 'Invalid query parameters',
      detail: 'The supplied query parameters are invalid.',
      status: '400',
    },
  ])
})
