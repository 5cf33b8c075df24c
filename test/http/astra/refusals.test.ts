// What the Astra face refuses, and how it fails: always a problem of the documents, never an error of another API.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CALL_LIMITS, HTTP_LIMITS } from '../../../src/limits.js'
import { TaskError } from '../../../src/task/task-error.js'
import type { HttpAnswer } from '../../support/http-ask.js'
import { faultsOfFieldList, faultsOfList, faultsOfProblem, faultsOfTask } from './astra-schema.js'
import { ACCOUNT, expectProblem, faceUnderTest, IDS, TASKS } from './face-under-test.js'

const face = faceUnderTest()

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
    expectProblem(await face.get(path), status, number)
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
    const answer = await face.get(`${TASKS}?${query}`)
    expectProblem(answer, 400, 5)
    expect(answer.json).toMatchObject({
      title: 'Invalid query parameters',
      invalidParams: [{ name, reason: expect.stringMatching(/expected/) as string }],
    })
  })

  test('every bad parameter is named', async () => {
    const { json } = await face.get(`${TASKS}?limit=x&include=x&filter=x&continue=x`)
    const names = (json as { invalidParams: { name: string }[] }).invalidParams.map(({ name }) => name)
    expect(names.sort()).toEqual(['continue', 'filter', 'include', 'limit'])
  })

  test.each([
    [`${TASKS}?orderBy=id`, 'orderBy'],
    [`${TASKS}?count=true&limit=0`, 'count'],
    [`${TASKS}?toString=1`, 'toString'],
    [`${TASKS}/${IDS[0]!}?include=id`, 'include'],
  ])('%s is problem 6', async (path, name) => {
    const answer = await face.get(path)
    expectProblem(answer, 400, 6)
    expect(answer.json).toMatchObject({ title: 'Query parameters not supported', invalidParams: [{ name }] })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is problem 69, and says what is allowed', async (method) => {
    const answer = await face.get(TASKS, { method, body: '{}' })
    expectProblem(answer, 405, 69)
    expect(answer.headers.allow).toBe('GET, HEAD')
    expectProblem(await face.get(`/accounts/${ACCOUNT}/core/v1/users`, { method }), 404, 2)
  })

  test.each([
    [TASKS, 'text/html'],
    [TASKS, 'application/astra-task+json'],
    [`${TASKS}/${IDS[0]!}`, 'application/xml'],
    [`${TASKS}/${IDS[0]!}`, 'application/json;q=0'],
    [`${TASKS}/${IDS[0]!}`, 'nonsense'],
  ])('%s for those who accept only %s is problem 32', async (path, accept) => {
    expectProblem(await face.get(path, { headers: { accept } }), 406, 32)
  })

  test.each([
    ['cut short', 400, 7, { body: '{', headers: { 'content-type': 'application/json' } }],
    ['not UTF-8', 400, 7, { body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['not compressed as it says', 400, 7, { body: '{}', headers: { 'content-encoding': 'gzip' } }],
    ['no JSON by its own account', 400, 12, { body: '{}', headers: { 'content-type': 'text/plain' } }],
    ['compressed in an unknown way', 400, 12, { body: '{}', headers: { 'content-encoding': 'zip' } }],
    ['too large', 413, undefined, { body: `"${'a'.repeat(HTTP_LIMITS.bodyBytes)}"` }],
  ] as const)('a body that is %s: %i, problem %s', async (_what, status, number, question) => {
    expectProblem(await face.get(TASKS, question), status, number)
    expect(await face.get(TASKS)).toMatchObject({ status: 200 })
  })

  test('a large body of a method that is not there is refused without reading it in', async () => {
    expectProblem(await face.get(TASKS, { method: 'POST', body: 'a'.repeat(4 * HTTP_LIMITS.bodyBytes) }), 405, 69)
  })

  test('the id of a request comes back when it has the form of one, and another one otherwise', async () => {
    const asked = (id: string): Promise<HttpAnswer> => face.get('/accounts/x', { headers: { 'x-request-id': id } })
    expect((await asked('8f84cf09-8036-51e4-b579-bd30cb07b269')).json).toMatchObject({ correlationID: '8f84cf09-8036-51e4-b579-bd30cb07b269' })
    for (const id of ['<script>', 'a'.repeat(CALL_LIMITS.idLength + 1)]) {
      const { headers, json } = await asked(id)
      const given = headers['x-request-id']
      expect(given).toMatch(/^[0-9a-f-]{36}$/)
      expect(json).toMatchObject({ correlationID: given })
    }
  })

  test('other paths are left to the gateway', async () => {
    for (const path of ['/accountsx', '/openshift/v1/a/b', '/']) {
      const { status, json } = await face.get(path)
      expect([status, json]).toEqual([404, expect.objectContaining({ code: 5 })])
    }
  })
})

describe('what fails', () => {
  test.each([
    ['UNAUTHENTICATED', 401, 3],
    ['PERMISSION_DENIED', 403, 11],
    ['UNAVAILABLE', 503, 41],
    ['RESOURCE_EXHAUSTED', 503, 41],
    ['DEADLINE_EXCEEDED', 503, 41],
    ['INTERNAL', 500, 34],
    ['ABORTED', 500, 34],
  ] as const)('%s: %i, problem %i', async (code, status, number) => {
    for (const answer of await failing(new TaskError(code, 'INTERNAL_FAULT', 'as a test says'))) expectProblem(answer, status, number)
  })

  test('what is not found is the resource, or its collection', async () => {
    const [list, task] = await failing(new TaskError('NOT_FOUND', 'TASK_NOT_FOUND', 'as a test says'))
    expectProblem(list!, 404, 2)
    expectProblem(task!, 404, 1)
  })

  test('a server that stops says so', async () => {
    await face.stop()
    for (const path of [TASKS, `${TASKS}/${IDS[0]!}`]) {
      const answer = await face.get(path)
      expectProblem(answer, 503, 41)
      expect(answer.headers['retry-after']).toBe('1')
    }
  })

  test('who is not let in is told how, and whether the token is missing or bad', async () => {
    const failure = new TaskError('UNAUTHENTICATED', 'INTERNAL_FAULT', 'as a test says')
    for (const answer of await failing(failure, { authorization: 'Bearer x' })) {
      expectProblem(answer, 401, 4)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  test.each([
    ['RESOURCE_EXHAUSTED', { retryDelayMs: 1500 }, '2'],
    ['UNAVAILABLE', { retryDelayMs: 3000 }, '3'],
    ['DEADLINE_EXCEEDED', {}, '1'],
  ] as const)('%s with %j is told to come again after %s seconds', async (code, details, seconds) => {
    const answers = await failing(new TaskError(code, 'TOO_MANY_CALLS', 'as a test says', details))
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual([seconds, seconds])
  })

  /** What both operations answer when the store fails so. */
  function failing(failure: TaskError, headers = {}): Promise<HttpAnswer[]> {
    face.failures = { get: failure, list: failure }
    return Promise.all([TASKS, `${TASKS}/${IDS[0]!}`].map((path) => face.get(path, { headers })))
  }

  test('a fault is reported, and tells its caller nothing', async () => {
    const failure = new Error('secret')
    face.failures = { list: failure }
    const answer = await face.get(TASKS)
    expectProblem(answer, 500, 34)
    expect(answer.text).not.toContain('secret')
    expect(face.reported).toEqual([failure])
  })
})

test('the documented errors are given word for word', async () => {
  const correlationID = expect.any(String) as string
  const refused = async (code: 'UNAUTHENTICATED' | 'PERMISSION_DENIED'): Promise<unknown> => {
    face.failures = { list: new TaskError(code, 'INTERNAL_FAULT', 'as a test says') }
    return (await face.get(TASKS)).json
  }
  const { invalidParams, ...invalid } = (await face.get(`${TASKS}?limit=0`)).json as Record<string, unknown>
  expect(invalidParams).toHaveLength(1)
  expect([
    await refused('UNAUTHENTICATED'),
    invalid,
    await refused('PERMISSION_DENIED'),
    (await face.get(`${TASKS}/${IDS[0]!}`)).json,
    (await face.get(`/accounts/${ACCOUNT}/core/v1/users`)).json,
  ]).toEqual([
    {
      type: 'https://astra.netapp.io/problems/3',
      title: 'Missing bearer token',
      detail: 'The request is missing the required bearer token.',
      status: '401',
      correlationID,
    },
    {
      type: 'https://astra.netapp.io/problems/5',
      title: 'Invalid query parameters',
      detail: 'The supplied query parameters are invalid.',
      status: '400',
      correlationID,
    },
    {
      type: 'https://astra.netapp.io/problems/11',
      title: 'Operation not permitted',
      detail: "The requested operation isn't permitted.",
      status: '403',
      correlationID,
    },
    {
      type: 'https://astra.netapp.io/problems/1',
      title: 'Resource not found',
      detail: "The resource specified in the request URI wasn't found.",
      status: '404',
      correlationID,
    },
    {
      type: 'https://astra.netapp.io/problems/2',
      title: 'Collection not found',
      detail: "The collection specified in the request URI wasn't found.",
      status: '404',
      correlationID,
    },
  ])
})

test('whatever is asked, the answer is of this API and no fault', async () => {
  await face.record(IDS[0]!)
  const word = fc.oneof(
    fc.constantFrom('filter', 'include', 'limit', 'continue', `state eq 'running'`, 'id', `name gt 'a',`, '1', 'A1ff', '', '__proto__'),
    fc.string({ unit: 'binary' }),
  )
  const query = fc.array(fc.tuple(word, word), { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString())
  const raw = fc.string({ unit: fc.constantFrom(...'&=%+,\'[]*.az09'.split('')), maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(fc.oneof(query, raw), fc.constantFrom(TASKS, `${TASKS}/${IDS[0]!}`), async (query, path) => {
      const { status, json } = await face.get(`${path}?${query}`)
      const faults = status === 200 ? [faultsOfTask, faultsOfList, faultsOfFieldList].map((of) => of(json)) : [faultsOfProblem(json)]
      expect(faults).toContainEqual([])
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 500 },
  )
  expect(face.reported).toEqual([])
})
