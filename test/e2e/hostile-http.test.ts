// The HTTP port of a real server under callers that mean harm: each answer is a status in JSON or nothing, never another
// resource, and nothing of the inside.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hostileBodies } from '../support/hostile-bodies.js'
import { residentMib } from '../support/process-memory.js'
import { exchange, head } from '../support/raw-http1.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
const TASKS = '/openshift/v1/harm/tasks'
const JSON_TYPE = 'Content-Type: application/json'
let server: ServerProcess
let before = 0

beforeAll(async () => {
  server = await startServer(directory())
  await create('first', { command: 'cluster.create' })
  before = residentMib(server.pid)
})

afterAll(async () => {
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

afterEach(async () => {
  expect((await fetch(`${server.url}${TASKS}?pageSize=1`)).status).toBe(200)
  expect(residentMib(server.pid) - before).toBeLessThan(64)
})

async function create(requestId: string, body: object): Promise<Response> {
  return fetch(`${server.url}${TASKS}?requestId=${requestId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** What no answer may hold. */
function expectNothingInside(answer: string): void {
  expect(answer).not.toMatch(/node:|node_modules|\.[jt]s:\d|at \w+ \(|SQLITE|SELECT \w+ FROM|\/tmp\/|JSON\.parse|Unexpected token/)
}

describe('bodies', () => {
  test.each(hostileBodies(TASKS))('$name', async ({ parts, answer: expected }) => {
    const answer = await exchange(server.addresses.http, ...parts())
    expect(answer).toMatch(expected)
    expectNothingInside(answer)
  })
})

describe('requests that two servers could read in two ways', () => {
  const body = '{"command":"smuggled"}'
  const rows: readonly (readonly [name: string, request: string, answer: RegExp])[] = [
    ['length and chunks', head(`POST ${TASKS}`, JSON_TYPE, 'Content-Length: 22', 'Transfer-Encoding: chunked') + body, /^HTTP\/1\.1 400 /],
    ['two lengths', head(`POST ${TASKS}`, JSON_TYPE, 'Content-Length: 22', 'Content-Length: 2') + body, /^HTTP\/1\.1 400 /],
    ['a list of lengths', head(`POST ${TASKS}`, JSON_TYPE, 'Content-Length: 22, 22') + body, /^HTTP\/1\.1 400 /],
    ['a length with a sign', head(`POST ${TASKS}`, JSON_TYPE, 'Content-Length: +22') + body, /^HTTP\/1\.1 400 /],
    ['an unknown coding', head(`POST ${TASKS}`, JSON_TYPE, 'Transfer-Encoding: xchunked') + body, /^HTTP\/1\.1 (?:400|501) /],
    ['chunked, but not last', head(`POST ${TASKS}`, JSON_TYPE, 'Transfer-Encoding: chunked, gzip') + body, /^HTTP\/1\.1 400 /],
    ['a blank before the colon', head(`POST ${TASKS}`, JSON_TYPE, 'Content-Length : 22') + body, /^HTTP\/1\.1 400 /],
    ['bare line feeds', `GET ${TASKS} HTTP/1.1\nHost: a\n\n`, /^HTTP\/1\.1 400 /],
    ['a folded header', head(`POST ${TASKS}`, 'Transfer-Encoding:\r\n chunked'), /^HTTP\/1\.1 400 /],
    ['two hosts', head(`GET ${TASKS}`, 'Host: b'), /^HTTP\/1\.1 400 /],
    ['the same host twice', head(`GET ${TASKS}`, 'host: a'), /^HTTP\/1\.1 400 [^]*MALFORMED_REQUEST/],
    ['no host', `GET ${TASKS} HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a header with NUL', head(`GET ${TASKS}`, 'X-A: b\0c'), /^HTTP\/1\.1 400 /],
    ['a chunk of no size', head(`POST ${TASKS}`, JSON_TYPE, 'Transfer-Encoding: chunked') + 'zz\r\n', /^HTTP\/1\.1 400 /],
    ['a chunk with 20,000 bytes of extension', head(`POST ${TASKS}`, JSON_TYPE, 'Transfer-Encoding: chunked') + `1;${'a'.repeat(20_000)}\r\nx\r\n`, /^HTTP\/1\.1 4(?:00|13|31) /],
    ['101 headers', head(`GET ${TASKS}`, ...Array.from({ length: 100 }, (_, i) => `X-${i}: a`)), /^HTTP\/1\.1 431 [^]*HEADERS_TOO_LARGE/],
    ['17 KiB of headers', head(`GET ${TASKS}`, `X-A: ${'a'.repeat(17_000)}`), /^HTTP\/1\.1 431 [^]*HEADERS_TOO_LARGE/],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', /^(?:HTTP\/1\.1 4|$)/],
    ['an upgrade', head(`GET ${TASKS}`, 'Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'), /^HTTP\/1\.1 200 /],
    ['an expectation nobody knows', head(`GET ${TASKS}`, 'Expect: miracles'), /^HTTP\/1\.1 417 [^]*MALFORMED_REQUEST/],
  ]
  test.each(rows)('%s', async (_name, request, expected) => {
    const answer = await exchange(server.addresses.http, request)
    expect(answer).toMatch(expected)
    expect(answer).not.toContain('smuggled')
    expectNothingInside(answer)
  })
})

describe('paths that mean another resource to somebody', () => {
  test.each([
    ['/openshift/v1/harm/../harm/tasks', 404],
    ['/openshift/v1/harm/%2e%2e/tasks', 404],
    ['//openshift/v1/harm/tasks', 404],
    ['/openshift/v1//harm/tasks', 404],
    ['/openshift/v1/harm/tasks/', 404],
    ['/OpenShift/v1/harm/tasks', 404],
    ['/openshift/v1/HARM/tasks', 200],
    ['/openshift/v1/harm/Tasks', 404],
    ['/openshift/v1/harm%2Ftasks', 404],
    ['/openshift%2fv1/harm/tasks', 404],
    ['/openshift/v1/harm/tasks/a%2Fb', 400],
    ['/openshift/v1/harm/tasks/%252e', 400],
    ['/openshift/v1/harm/tasks/a;x=1', 400],
    ['/openshift/v1/harm/tasks/%00', 400],
    ['/openshift/v1/harm/tasks/%ff', 400],
    ['/openshift/v1/harm/tasks/%c0%ae', 400],
    ['/openshift/v1/harm/tasks?pageSize=1#/tasks', 200],
    ['http://other/openshift/v1/harm/tasks', 404],
    ['*', 404],
    ['/openapi.json/', 404],
    ['/docs/../openapi.json', 404],
    ['/livez', 404],
    ['/__proto__', 404],
    ['/constructor/prototype', 404],
  ])('%s is %i', async (path, status) => {
    const answer = await exchange(server.addresses.http, head(`GET ${path}`))
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain('application/json')
    if (status !== 200) expect(answer).not.toContain('cluster.create')
    expectNothingInside(answer)
  })
})
