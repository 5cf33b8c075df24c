// What the jobs API refuses: in its own shape, which askNse checks, with what is wrong by name; and nothing is written.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HTTP_LIMITS, TASK_LIMITS } from '../../src/limits.js'
import { askNse } from '../http/nse/nse-app.js'
import { exchange, head } from '../support/raw-http1.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect((await askNse(`${server.url}/v2.1/jobs`)).result['total_records']).toBe(0)
  expect(server.log.filter(({ level }) => level >= 40)).toEqual([])
  expect(await server.stop()).toBe(0)
})

interface Refusal {
  readonly code: number
  readonly user: string
  readonly verbose: string
}

async function refusal(path: string, init: RequestInit = {}): Promise<Refusal> {
  const { status } = await askNse(`${server.url}${path}`, init)
  return { code: status.code, user: status.user_message, verbose: status.verbose_message }
}

const UNKNOWN_ID = '0b0d1d6a-6f5b-4c3e-8a55-0f4b5c1d2e3f'

test.each([
  ['/v2.1/jobs?limit=0', 'limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?limit=101', 'limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?limit=ten', 'limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?limit=', 'limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?limit=1e1', 'limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?offset=-1', 'offset: expected a whole number, 0 to 100000'],
  ['/v2.1/jobs?offset=100001', 'offset: expected a whole number, 0 to 100000'],
  ['/v2.1/jobs?offset=99999999999999999999', 'offset: expected a whole number, 0 to 100000'],
  ['/v2.1/jobs?sort_by=action', 'sort_by: expected created or updated'],
  ['/v2.1/jobs?order_by=DESC', 'order_by: expected desc or asc'],
  ['/v2.1/jobs?tenant_id=', 'tenant_id: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]'],
  ['/v2.1/jobs?tenant_id=a%2Fb', 'tenant_id: expected 1 to 128 characters of [A-Za-z0-9._~-]'],
  ['/v2.1/jobs?limit=1&limit=2', 'limit: given more than once'],
  ['/v2.1/jobs?filter=x', 'filter: is no parameter here; expected tenant_id, offset, limit, sort_by, order_by'],
  ['/v2.1/jobs?service_instance_id=x', 'service_instance_id: is no parameter here; expected tenant_id, offset, limit, sort_by, order_by'],
  ['/v2.1/jobs?__proto__=x', '__proto__: is no parameter here; expected tenant_id, offset, limit, sort_by, order_by'],
  ['/v2.1/jobs?limit=0&offset=x', 'offset: expected a whole number, 0 to 100000; limit: expected a whole number, 1 to 100'],
  ['/v2.1/jobs?limit=%zz', 'The query is not percent-encoded UTF-8'],
  ['/v2.1/jobs/%zz', 'The path is not percent-encoded UTF-8'],
  ['/v2.1/jobs/a%2Fb', 'id: expected 1 to 128 characters of [A-Za-z0-9._~-]'],
  [`/v2.1/jobs/${UNKNOWN_ID}?return_timeout=-1`, 'return_timeout: expected a whole number, 0 or more'],
  [`/v2.1/jobs/${UNKNOWN_ID}?return_timeout=soon`, 'return_timeout: expected a whole number, 0 or more'],
  [`/v2.1/jobs/${UNKNOWN_ID}?limit=1`, 'limit: is no parameter here; expected tenant_id, return_timeout'],
])('GET %s is refused: %s', async (path, verbose) => {
  for (const base of ['', '/api']) expect(await refusal(base + path)).toEqual({ code: 400, user: 'Invalid Request.', verbose })
})

describe('POST', () => {
  const job = (more: object = {}): string => JSON.stringify({ tenant_id: 't', action: 'c', ...more })
  const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Refusal> =>
    refusal('/v2.1/jobs', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

  test.each([
    ['nothing', '', 'The request body cannot be read as JSON: not JSON at character 0: expected a value'],
    ['no JSON', '{', 'The request body cannot be read as JSON: not JSON at character 1: expected a key'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'The request body cannot be read as JSON: not UTF-8'],
    ['a list', '[]', 'body: expected an object, got an array; tenant_id: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]; action: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['no tenant', '{"action":"c"}', 'tenant_id: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['no action', '{"tenant_id":"t"}', 'action: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['null for an action', job({ action: null }), 'action: is required; expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['a number for a text', job({ job_summary: 7 }), 'job_summary: expected a string, got a number'],
    ['a name that is too long', job({ object_name: 'n'.repeat(128) }), 'object_name: expected at most 127 characters'],
    ['a driver with spaces', job({ driver: 'a b' }), 'driver: expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['an object with spaces', job({ object_id: 'a b', object_type: 'c d' }), 'object_id: expected 1 to 128 characters of [A-Za-z0-9._~-]; object_type: expected 1 to 128 characters of [A-Za-z0-9._~-]'],
    ['a user that is too long', job({ user_id: 'u'.repeat(257) }), 'user_id: expected at most 256 bytes'],
    ['a text for a payload', job({ request_payload: 'x' }), 'request_payload: expected an object, got a string'],
    ['a payload that is too large', job({ request_payload: { a: 'x'.repeat(TASK_LIMITS.payloadBytes) } }), 'request_payload: expected at most 65536 bytes with its type URL'],
    ['a field of another face', job({ command: 'c' }), 'body: "command" is no field of a job; expected tenant_id, action, job_summary, object_id, object_type, object_name, user_id, driver, request_payload'],
    ['a field twice', '{"tenant_id":"t","action":"c","action":"d"}', 'action: given more than once'],
  ])('of %s is refused', async (_, body, verbose) => {
    expect(await post(body)).toEqual({ code: 400, user: 'Invalid Request.', verbose })
  })

  test('of JSON that nests too deeply is refused', async () => {
    expect(await post(job({ request_payload: {} }).replace('{}', '{"a":'.repeat(30) + '1' + '}'.repeat(30)))).toMatchObject({ code: 400 })
  })

  test('with a bad key, parameter or condition is refused', async () => {
    expect(await post(job(), { 'idempotency-key': '"a b"' })).toMatchObject({
      code: 400,
      verbose: 'Idempotency-Key: expected 1 to 64 characters of [A-Za-z0-9._~-]',
    })
    const init = { method: 'POST', body: job(), headers: { 'content-type': 'application/json' } }
    expect(await refusal('/v2.1/jobs?tenant_id=t', init)).toMatchObject({ code: 400, verbose: 'tenant_id: is no parameter here; expected none' })
    expect(await post(job(), { 'if-match': '"1"' })).toEqual({
      code: 412,
      user: 'Precondition Failed.',
      verbose: 'If-Match cannot hold: jobs have no entity tags',
    })
  })

  test('of another type is refused', async () => {
    expect(await post(job(), { 'content-type': 'text/plain' })).toMatchObject({ code: 415, user: 'Unsupported Media Type.' })
  })

  test('of a body beyond the limit is refused, and the answer arrives', async () => {
    const answer = await exchange(
      server.addresses.http,
      head('POST /v2.1/jobs', 'Content-Type: application/json', `Content-Length: ${HTTP_LIMITS.bodyBytes + 1}`),
      Buffer.alloc(HTTP_LIMITS.bodyBytes + 1, 0x20),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*"user_message":"Payload Too Large\."/)
    expect(answer).toMatch(/^connection: close\r$/im)
  })
})

test.each(['/v2.1', '/v2.1/', '/v2.1/jobs/', '/v2.1/tasks', '/api/v2.1', '/api/v2.1/jobs/a/b', '/v2.1//jobs'])('nothing is served at %s', async (path) => {
  for (const method of ['GET', 'POST']) {
    expect(await refusal(path, { method })).toEqual({ code: 404, user: 'Resource Not Found.', verbose: 'Nothing is served at this path' })
  }
})

test('a job that is not there is not found', async () => {
  const missing = { code: 404, user: 'Resource Not Found.', verbose: `Task ${UNKNOWN_ID} was not found` }
  expect(await refusal(`/v2.1/jobs/${UNKNOWN_ID}`)).toEqual(missing)
  expect(await refusal(`/v2.1/jobs/${UNKNOWN_ID}?tenant_id=t`)).toEqual(missing)
  expect(await refusal(`/v2.1/jobs/${UNKNOWN_ID}?return_timeout=60`)).toEqual(missing)
})

test.each([
  ['DELETE', '/v2.1/jobs', 'GET, HEAD, POST'],
  ['PATCH', '/api/v2.1/jobs', 'GET, HEAD, POST'],
  ['POST', `/v2.1/jobs/${UNKNOWN_ID}`, 'GET, HEAD'],
  ['OPTIONS', `/v2.1/jobs/${UNKNOWN_ID}`, 'GET, HEAD'],
])('%s %s is not allowed', async (method, path, allow) => {
  const { status, headers } = await askNse(server.url + path, { method })
  expect([status.code, status.user_message, headers.get('allow')]).toEqual([405, 'Method Not Allowed.', allow])
})

test('a URL beyond the limit is refused', async () => {
  expect(await refusal(`/v2.1/jobs?tenant_id=${'a'.repeat(HTTP_LIMITS.urlBytes)}`)).toMatchObject({ code: 414, user: 'URI Too Long.' })
})

test('HEAD answers like GET without a body', async () => {
  for (const [path, status] of [['', 200], ['?limit=0', 400], [`/${UNKNOWN_ID}`, 404]] as const) {
    const url = `${server.url}/v2.1/jobs${path}`
    const [got, headed] = [await fetch(url), await fetch(url, { method: 'HEAD' })]
    expect([headed.status, await headed.text(), headed.headers.get('content-length')]).toEqual([status, '', got.headers.get('content-length')])
    await got.text()
  }
})

test('a GET with a body is answered, and its connection goes on', async () => {
  const request = head('GET /v2.1/jobs', 'Content-Type: application/json', 'Content-Length: 2')
  expect(await exchange(server.addresses.http, `${request}{}`)).toMatch(/^HTTP\/1\.1 200 /)
})

test('paths that only begin alike are not of this API', async () => {
  for (const path of ['/v2.10/jobs', '/api/v2', '/v2.1jobs', '/apis/v2.1/jobs']) {
    const response = await fetch(server.url + path)
    expect(await response.json()).toMatchObject({ code: 5, details: [{ reason: 'UNKNOWN_PATH' }] })
  }
})
