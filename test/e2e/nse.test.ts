// The jobs API as its clients use it: the built server, polled as the document says.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askNse, type NseAnswer } from '../http/nse/nse-app.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(server.log.filter(({ level }) => level >= 40)).toEqual([])
  expect(await server.stop()).toBe(0)
})

type Json = Readonly<Record<string, unknown>>

function nse(path: string, init?: RequestInit): Promise<NseAnswer> {
  return askNse(`${server.url}/v2.1/jobs${path}`, init)
}

function post(job: Json, headers: Readonly<Record<string, string>> = {}): Promise<NseAnswer> {
  return nse('', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(job) })
}

function record({ result }: NseAnswer): Json {
  return result.records?.[0] ?? {}
}

/** What a producer does with a task, through the documented API of tasks. */
async function produce(path: string, body: Json = {}): Promise<Json> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${server.url}/openshift/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(response.ok).toBe(true)
  return ((await response.json()) as { task: Json }).task
}

describe('recording a job', () => {
  const JOB = {
    tenant_id: 'recorded',
    action: 'create',
    job_summary: 'Create request is successfully submitted',
    object_id: '5ed72c8c6342e90001439d55',
    object_type: 'sg_buckets',
    object_name: 'test1234',
    user_id: '5e85225af038943eb4b74684',
    driver: 'storagegrid_ansible',
    request_payload: { org_username: 'root', org_password: 'netapp01', sizes: [1, 2.5], nothing: null },
  }

  test('is answered as the document says', async () => {
    const { httpStatus, headers, status, result } = await post(JOB)
    const [made] = result.records ?? []
    expect({ httpStatus, status, result }).toEqual({
      httpStatus: 202,
      status: { user_message: 'Okay. Accepted for processing.', verbose_message: '', code: 202 },
      result: {
        returned_records: 1,
        records: [
          {
            id: made?.['id'],
            action: 'create',
            job_summary: 'Create request is successfully submitted',
            created: made?.['created'],
            updated: made?.['created'],
            object_id: '5ed72c8c6342e90001439d55',
            object_type: 'sg_buckets',
            object_name: 'test1234',
            status: 'pending',
            status_detail: '',
            last_error: '',
            user_id: '5e85225af038943eb4b74684',
            job_tasks: null,
          },
        ],
      },
    })
    expect(headers.get('retry-after')).toMatch(/^[1-9]$/)
    expect([headers.get('location'), headers.get('operation-location')]).toEqual([
      null,
      `/openshift/v1/recorded/tasks/${String(made?.['id'])}/monitor`,
    ])
    expect(record(await nse(`/${String(made?.['id'])}`))).toEqual({ ...made, job_tasks: [] })
  })

  test('makes a task that every reader sees, without its secrets', async () => {
    const { id } = record(await post(JOB))
    const headers = { accept: 'application/json;any=canonical' }
    const response = await fetch(`${server.url}/openshift/v1/recorded/tasks/${String(id)}`, { headers })
    expect(((await response.json()) as { task: Json }).task).toMatchObject({
      command: 'create',
      status: 'PENDING',
      service: 'storagegrid_ansible',
      metadata: { value: { org_username: 'root', org_password: '[redacted]', sizes: [1, 2.5], nothing: null } },
    })
  })

  test('takes only what has to be said', async () => {
    const job = record(await post({ tenant_id: 'recorded', action: 'delete' }))
    expect(job).toMatchObject({ action: 'delete', job_summary: '', object_id: '', object_type: '', user_id: 'anonymous' })
    expect(job).not.toHaveProperty('object_name')
  })

  test('can be repeated with a key, in quotes or without', async () => {
    const first = await post(JOB, { 'idempotency-key': '"k-1"' })
    const again = await post(JOB, { 'idempotency-key': 'k-1' })
    expect(record(again)).toEqual(record(first))
    const other = await post({ ...JOB, action: 'delete' }, { 'idempotency-key': 'k-1' })
    expect([other.httpStatus, other.status.user_message]).toEqual([412, 'Precondition Failed.'])
    expect(record(await post(JOB, { 'idempotency-key': 'k-2' }))['id']).not.toBe(record(first)['id'])
  })
})

const ENDINGS = [
  ['successful', 'NORMAL', 'complete', { outcome: 'CLEAN' }],
  ['successful', 'NORMAL', 'complete', { outcome: 'WARNING' }],
  ['successful', 'PARTIAL_FAILURES', 'complete', { outcome: 'PARTIAL' }],
  ['failed', 'ERROR', 'fail', { error: { code: 13, message: 'disk is gone' } }],
  ['canceled', 'ERROR', 'acknowledgeCancel', {}],
] as const

/** The states that end the loop of the document. */
const TERMINAL: readonly unknown[] = ['NORMAL', 'ERROR', 'PARTIAL_FAILURES']

type Step = readonly [verb: string, body: Json]

/** Steps that a task takes before its end, none of which may end a loop. */
const BEFORE: readonly Step[] = [
  ['start', {}],
  ['pause', {}],
  ['acknowledgePause', {}],
  ['resume', {}],
]

describe.each(ENDINGS)('a loop over a job that will be %s, in state %s, by %s %j', (status, state, verb, body) => {
  const ending: readonly Step[] = verb === 'acknowledgeCancel' ? [['cancel', {}], [verb, body]] : [[verb, body]]

  async function newJob(): Promise<string> {
    return String((await produce('loops/tasks', { command: 'c', cancelSupported: true, pauseSupported: true }))['id'])
  }

  test('of standard polls sees each step and ends with the last', async () => {
    const id = await newJob()
    const seen = [record(await nse(`/${id}`))]
    for (const [step, fields] of [...BEFORE, ...ending]) {
      expect(seen.at(-1)).not.toHaveProperty('state')
      await produce(`loops/tasks/${id}:${step}`, fields)
      seen.push(record(await nse(`/${id}`)))
    }
    const words = seen.map((job) => job['status'])
    expect(words.slice(0, 5)).toEqual(['pending', 'running', 'running', 'waiting', 'running'])
    expect(seen.at(-1)).toMatchObject({ status, state })
  })

  test('of long polls ends when the job does', async () => {
    const id = await newJob()
    let last: string | undefined
    const loop = async (): Promise<{ readonly job: Json; readonly endedBy: string | undefined }> => {
      for (;;) {
        const job = record(await nse(`/${id}?return_timeout=1`))
        if (TERMINAL.includes(job['state'])) return { job, endedBy: last }
      }
    }
    const looping = loop()
    for (const [step, fields] of [...BEFORE, ...ending]) {
      // A poll runs out between the steps.
      if (step === 'pause') await wait(1100)
      last = step
      await produce(`loops/tasks/${id}:${step}`, fields)
    }
    expect(await looping).toEqual({ job: expect.objectContaining({ status, state }) as Json, endedBy: verb })
  })
})

test('a long poll answers as soon as the job has ended, for everybody who waits', async () => {
  const { id } = await produce('waits/tasks', { command: 'c' })
  const polls = Array.from({ length: 20 }, () => nse(`/${String(id)}?tenant_id=waits&return_timeout=60`))
  const started = Date.now()
  await produce(`waits/tasks/${String(id)}:start`)
  await produce(`waits/tasks/${String(id)}:complete`)
  for (const answer of await Promise.all(polls)) expect(record(answer)['state']).toBe('NORMAL')
  expect(Date.now() - started).toBeLessThan(5000)
})

test('a long poll that runs out answers the job as it is, and when to come again', async () => {
  const { id } = await produce('waits/tasks', { command: 'c' })
  const started = Date.now()
  const answer = await nse(`/${String(id)}?return_timeout=1`)
  expect(Date.now() - started).toBeGreaterThanOrEqual(990)
  expect([record(answer)['status'], answer.headers.get('retry-after')]).toEqual(['pending', expect.stringMatching(/^[1-9]$/)])
})

test('totals are right while jobs come and go', async () => {
  const TENANT = 'totals'
  let began = 0
  let made = 0
  const writer = async (): Promise<void> => {
    for (let index = 0; index < 25; index += 1) {
      began += 1
      const { id } = record(await post({ tenant_id: TENANT, action: 'c' }))
      await produce(`${TENANT}/tasks`, { command: 'part', parentTaskId: id })
      made += 1
    }
  }
  const reader = async (writing: { readonly isDone: boolean }): Promise<number> => {
    let looks = 0
    for (; !writing.isDone; looks += 1) {
      const least = made
      const { result } = await nse(`?tenant_id=${TENANT}&limit=3`)
      expect(result['total_records']).toBeGreaterThanOrEqual(least)
      expect(result['total_records']).toBeLessThanOrEqual(began)
    }
    return looks
  }
  const writing = { isDone: false }
  const reading = Promise.all([reader(writing), reader(writing)])
  await Promise.all(Array.from({ length: 8 }, writer)).finally(() => (writing.isDone = true))
  expect(Math.min(...(await reading))).toBeGreaterThan(0)
  expect((await nse(`?tenant_id=${TENANT}`)).result['total_records']).toBe(200)
  const seen = new Set<unknown>()
  for (let offset = 0; offset < 200; offset += 60) {
    const { result } = await nse(`?tenant_id=${TENANT}&offset=${offset}&limit=60`)
    for (const job of result.records ?? []) seen.add(job['id'])
  }
  expect(seen.size).toBe(200)
})
