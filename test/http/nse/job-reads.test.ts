// Lists and gets over a store that the test fills: what is a job, whose jobs are seen, and how much goes into one answer.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TaskResource } from '../../../gen/openshift/v1/task.js'
import type { CallContext } from '../../../src/api/api-method.js'
import { PollAdvice } from '../../../src/api/poll-advice.js'
import { readListQuery } from '../../../src/http/nse/job-query.js'
import { getJob, listJobs } from '../../../src/http/nse/job-reads.js'
import { LIST_LIMITS, NSE_LIMITS, TASK_LIMITS } from '../../../src/limits.js'
import { Grants } from '../../../src/task/caller.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import { TaskService } from '../../../src/task/task-service.js'
import { openClockedSqlite, type ClockedStore } from '../../support/clocked-store.js'
import { counted } from '../../support/counted-store.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { change, create, fail, OTHER_INSTANCE, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { askNse, serveNse } from './nse-app.js'

let store: ClockedStore
let directory: string

beforeEach(() => {
  directory = temporaryDirectory()
  store = openClockedSqlite(join(directory, 'tasks.db'))
})
afterEach(() => store.close())

const IN_OTHER = { instance: OTHER_INSTANCE }

async function ids(url: string): Promise<unknown[]> {
  return ((await askNse(url)).result.records ?? []).map((job) => job['id'])
}

describe('a list', () => {
  beforeEach(async () => {
    for (const id of ['a', 'b', 'c']) {
      await store.write(create(id))
      await store.advance(1000)
    }
    await store.write(create('d', {}, IN_OTHER))
    await store.write(create('part-of-a', { parentTaskId: 'a' }))
    await store.advance(1000)
    await store.write(start('b'))
  })

  test.each([
    ['', ['d', 'c', 'b', 'a']],
    ['?order_by=asc', ['a', 'b', 'c', 'd']],
    ['?sort_by=updated', ['b', 'd', 'c', 'a']],
    ['?sort_by=updated&order_by=asc&limit=2&offset=1', ['c', 'd']],
    ['?tenant_id=vdc-1', ['c', 'b', 'a']],
    ['?tenant_id=vdc-2', ['d']],
    ['?tenant_id=vdc-3', []],
    ['?offset=3', ['a']],
    ['?offset=4', []],
    [`?offset=${LIST_LIMITS.sliceOffset}`, []],
  ])('of jobs%s is %j', async (query, expected) => {
    const { url } = await serveNse(store)
    expect(await ids(`${url}/v2.1/jobs${query}`)).toEqual(expected)
  })

  test('begins no later than after sliceOffset jobs', async () => {
    const { url } = await serveNse(store)
    const beyond = await fetch(`${url}/v2.1/jobs?offset=${LIST_LIMITS.sliceOffset + 1}`)
    expect([beyond.status, await beyond.text()]).toEqual([400, expect.stringContaining(`expected a whole number, 0 to ${LIST_LIMITS.sliceOffset}`)])
  })

  test('says what it is a part of', async () => {
    const { url } = await serveNse(store)
    const first = await askNse(`${url}/v2.1/jobs?limit=2`)
    expect(first.result).toMatchObject({ returned_records: 2, total_records: 4, sort_by: 'created', order_by: 'desc', offset: 0, limit: 2 })
    expect(first.status.user_message).toBe('Okay. Returned 2 records.')
    const none = await askNse(`${url}/v2.1/jobs?tenant_id=vdc-3&sort_by=updated&order_by=asc&offset=7`)
    expect(none.result).toEqual({
      returned_records: 0,
      total_records: 0,
      sort_by: 'updated',
      order_by: 'asc',
      offset: 7,
      limit: NSE_LIMITS.limitDefault,
      records: [],
    })
    expect(none.status.user_message).toBe('Okay. Returned 0 records.')
  })

  test('counts without looking at tasks', async () => {
    const { store: counting, calls } = counted(store)
    const { url } = await serveNse(counting)
    expect((await askNse(`${url}/v2.1/jobs?limit=1`)).result['total_records']).toBe(4)
    expect(calls).toMatchObject({ slice: 1, list: 1 })
  })
})

describe('a get', () => {
  test('finds a job of any tenant, and of the one that is asked for', async () => {
    await store.write(create('a'))
    await store.write(create('d', {}, IN_OTHER))
    const { url } = await serveNse(store)
    for (const path of ['a', 'd', 'a?tenant_id=vdc-1', 'd?tenant_id=vdc-2']) expect(await ids(`${url}/v2.1/jobs/${path}`)).toEqual([path[0]])
    for (const path of ['x', 'a?tenant_id=vdc-2', 'd?tenant_id=vdc-3']) {
      expect((await askNse(`${url}/v2.1/jobs/${path}`)).httpStatus).toBe(404)
    }
  })

  test('finds no job task', async () => {
    await store.write(create('a'))
    await store.write(create('part', { parentTaskId: 'a' }))
    const { url } = await serveNse(store)
    expect((await askNse(`${url}/v2.1/jobs/part`)).httpStatus).toBe(404)
    expect((await askNse(`${url}/v2.1/jobs/part?return_timeout=60`)).httpStatus).toBe(404)
  })

  test('says when to poll again until the job has ended', async () => {
    await store.write(create('a'))
    const { url } = await serveNse(store)
    expect((await askNse(`${url}/v2.1/jobs/a`)).headers.get('retry-after')).toMatch(/^\d+$/)
    await store.write(fail('a'))
    expect((await askNse(`${url}/v2.1/jobs/a`)).headers.get('retry-after')).toBeNull()
  })
})

describe('a caller', () => {
  const context = (instances?: readonly InstanceId[]): CallContext => ({
    caller: { name: 'ann', grants: new Grants([{ instances: instances ?? 'all', roles: ['reader'] }]), expiresAt: Infinity },
    signal: new AbortController().signal,
    enteredAt: 0,
    deadline: Infinity,
    pollAgain: () => undefined,
    accepted: () => undefined,
    load: 0,
  })
  const listed = async (query: readonly [string, string][], instances?: readonly InstanceId[]): Promise<unknown> => {
    const tasks = new TaskService({ store, now: () => new Date(), report: () => undefined })
    const { result } = await listJobs(tasks, readListQuery(query), context(instances))
    return 'records' in result ? result.records.map(({ id }) => id) : undefined
  }

  beforeEach(async () => {
    await store.write(create('a'))
    await store.advance(1)
    await store.write(create('d', {}, IN_OTHER))
  })

  test('lists the jobs of the tenants that it may see, and no others', async () => {
    expect(await listed([])).toEqual(['d', 'a'])
    expect(await listed([], [OTHER_INSTANCE])).toEqual(['d'])
    expect(await listed([], [])).toEqual([])
    expect(await listed([['tenant_id', 'vdc-1']], [OTHER_INSTANCE])).toEqual([])
    expect(await listed([['tenant_id', 'vdc-2']], [OTHER_INSTANCE])).toEqual(['d'])
  })

  test('gets a job of a tenant that it may not see as little as one that is not there', async () => {
    const tasks = new TaskService({ store, now: () => new Date(), report: () => undefined })
    const get = (id: string, tenant?: InstanceId): Promise<unknown> =>
      getJob({ tasks, polls: new PollAdvice(tasks, '') }, { id: id as TaskId, tenant, waitMs: 0 }, context([OTHER_INSTANCE]))
    await get('d')
    const missing = { reason: 'TASK_NOT_FOUND', message: 'Task a was not found' }
    await expect(get('a')).rejects.toMatchObject(missing)
    await expect(get('a', 'vdc-1' as InstanceId)).rejects.toMatchObject(missing)
  })
})

describe('job tasks', () => {
  test('stand in the order of their hints, then as they were recorded', async () => {
    await store.write(create('a'))
    for (const [id, orderHint] of [['p1', 2], ['p2', 1], ['p3', 2], ['p4', 1]] as const) {
      await store.write(create(id, { parentTaskId: 'a', orderHint }))
    }
    await store.write(create('below', { parentTaskId: 'p1' }))
    const { url } = await serveNse(store)
    const [job] = (await askNse(`${url}/v2.1/jobs/a`)).result.records ?? []
    expect((job?.['job_tasks'] as { id: string }[]).map(({ id }) => id)).toEqual(['p2', 'p4', 'p1', 'p3'])
  })

  async function shown(url: string): Promise<{ numbers: number[]; note: string }> {
    const { status, result } = await askNse(url)
    return { numbers: (result.records ?? []).map((job) => (job['job_tasks'] as unknown[]).length), note: status.verbose_message }
  }

  async function families(parts: Record<string, number>): Promise<void> {
    for (const [id, count] of Object.entries(parts)) {
      await store.write(create(id))
      await store.advance(1)
      for (let index = 0; index < count; index += 1) await store.write(create(`${id}-${index}`, { parentTaskId: id }))
    }
  }

  test('of one job are bounded in a list, and all there when the job is asked for', async () => {
    smallerLimits(NSE_LIMITS, { jobTasksOfListed: 3 })
    await families({ a: 4, b: 3 })
    const { url } = await serveNse(store)
    expect(await shown(`${url}/v2.1/jobs`)).toEqual({ numbers: [3, 3], note: expect.stringContaining('at most 3 of a job') as string })
    expect(await shown(`${url}/v2.1/jobs?limit=1`)).toEqual({ numbers: [3], note: '' })
    expect(await shown(`${url}/v2.1/jobs/a`)).toEqual({ numbers: [4], note: '' })
  })

  test('of one answer are bounded', async () => {
    smallerLimits(NSE_LIMITS, { jobTasks: 5 })
    await families({ a: 3, b: 3, c: 0 })
    const { url } = await serveNse(store)
    expect(await shown(`${url}/v2.1/jobs`)).toEqual({ numbers: [0, 3, 2], note: expect.stringContaining('5 of an answer') as string })
    expect(await shown(`${url}/v2.1/jobs?limit=2`)).toEqual({ numbers: [0, 3], note: '' })
  })
})

describe('the size of an answer', () => {
  const large = '\u0001'.repeat(TASK_LIMITS.summaryLength)
  const resource = TaskResource.create({ id: 'i'.repeat(TASK_LIMITS.idLength), type: 't'.repeat(TASK_LIMITS.idLength), name: large })
  const word = 'w'.repeat(TASK_LIMITS.idLength)
  const LARGEST = { command: word, service: word, summary: large, createdBy: '\u0001'.repeat(TASK_LIMITS.actorBytes), resource }
  const details = { type: '', title: 't', detail: '\u0001'.repeat(TASK_LIMITS.statusDetailDetailLength) }

  test('is bounded for the largest jobs, which all fit', async () => {
    const message = '\u0001'.repeat(TASK_LIMITS.errorMessageLength)
    for (let index = 0; index < NSE_LIMITS.limitMax; index += 1) {
      await store.write(create(`${index}`, LARGEST))
      await store.write(
        change(`${index}`, { kind: 'fail', token: '', error: { code: 2, message, details: [] }, statusDetails: [details] }),
      )
    }
    const { url } = await serveNse(store)
    const answer = await askNse(`${url}/v2.1/jobs?limit=${NSE_LIMITS.limitMax}`)
    expect(answer.result['returned_records']).toBe(NSE_LIMITS.limitMax)
    const bytes = Number(answer.headers.get('content-length'))
    expect(bytes).toBeGreaterThan(1_500_000)
    expect(bytes).toBeLessThanOrEqual(LIST_LIMITS.pageBytes)
  })

  test('is bounded for large payloads, and says that some are missing', async () => {
    const value = Buffer.alloc(TASK_LIMITS.payloadBytes - 100, 1)
    await store.write(create('a', LARGEST))
    for (let index = 0; index < 60; index += 1) {
      await store.write(create(`part-${index}`, { parentTaskId: 'a', metadata: { typeUrl: 'acme.com/x.Y', value } }))
    }
    const { url } = await serveNse(store)
    const answer = await askNse(`${url}/v2.1/jobs/a`)
    const bytes = Number(answer.headers.get('content-length'))
    expect(bytes).toBeGreaterThan(LIST_LIMITS.pageBytes - 2 * TASK_LIMITS.payloadBytes)
    expect(bytes).toBeLessThanOrEqual(LIST_LIMITS.pageBytes)
    expect(answer.status.verbose_message).toContain('Not all job tasks are shown')
  })

  test('makes no list shorter than what was asked for', async () => {
    const metadata = { typeUrl: 'acme.com/x.Y', value: Buffer.alloc(TASK_LIMITS.payloadBytes - 100, 1) }
    for (let index = 0; index < 60; index += 1) await store.write(create(`${index}`, { metadata }))
    const { url } = await serveNse(store)
    const { result } = await askNse(`${url}/v2.1/jobs?limit=60`)
    expect(result).toMatchObject({ returned_records: 60, total_records: 60 })
    expect(new Set(result.records?.map((job) => job['id'])).size).toBe(60)
  })
})
