// What the Astra face answers on a real port over a real store: tasks, lists and their pages, media types, ETags.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LIST_LIMITS } from '../../../src/limits.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import type { HttpAnswer } from '../../support/http-ask.js'
import { smallerLimits } from '../../support/smaller-limits.js'
import { start } from '../../support/task-changes.js'
import { faultsOfFieldList, faultsOfTask } from './astra-schema.js'
import { ACCOUNT, expectProblem, faceUnderTest, IDS, TASKS, type ListJson } from './face-under-test.js'

const face = faceUnderTest()

describe('what is read', () => {
  test('a list has the newest first, and counts', async () => {
    for (const id of IDS.slice(0, 3)) await face.record(id)
    const { items, metadata } = await face.list()
    expect(items.map(({ id }) => id)).toEqual(IDS.slice(0, 3).reverse())
    expect(metadata).toEqual({
      count: 3,
      labels: [],
      creationTimestamp: new Date(face.store.now).toISOString(),
      modificationTimestamp: new Date(face.store.now).toISOString(),
      createdBy: '00000000-0000-0000-0000-000000000000',
    })
  })

  test('an account without tasks has an empty list', async () => {
    expect(await face.list()).toMatchObject({ items: [], metadata: { count: 0 } })
  })

  test('a task is the same in the list and alone', async () => {
    await face.record(IDS[0]!, { summary: 'Backup', createdBy: ACCOUNT })
    const { json } = await face.get(`${TASKS}/${IDS[0]!}`)
    expect(faultsOfTask(json)).toEqual([])
    expect((await face.list()).items).toEqual([json])
  })

  test('tasks of another instance are not there', async () => {
    await face.record(IDS[0]!, {}, 'vdc-1')
    expect((await face.list()).items).toEqual([])
    expect((await face.get(`${TASKS}/${IDS[0]!}`)).status).toBe(404)
  })

  test('include gives values in the order they were asked for, and nothing around them', async () => {
    await face.record(IDS[0]!, { command: 'cluster.create' })
    const { json } = await face.get(`${TASKS}?include=name,id,service,resourceCollectionURI`)
    expect(faultsOfFieldList(json)).toEqual([])
    expect(json).toEqual({ items: [['cluster.create', IDS[0], null, []]], metadata: {} })
  })
})

describe('pages', () => {
  /** The IDS on each page of a list. */
  async function walk(query: string): Promise<string[][]> {
    const pages: string[][] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { items, metadata }: ListJson = await face.list(`?${query}${token === '' ? '' : `&continue=${token}`}`)
      pages.push(items.map(({ id }) => id))
      token = metadata.continue
    }
    return pages
  }

  test('a walk meets every task once, also when others come meanwhile', async () => {
    for (const id of IDS.slice(0, 7)) await face.record(id)
    const first = await face.list('?limit=3')
    await face.record(IDS[7]!)
    const second = await face.list(`?limit=3&continue=${first.metadata.continue!}`)
    const third = await face.list(`?limit=3&continue=${second.metadata.continue!}`)
    expect([first, second, third].map(({ items }) => items.length)).toEqual([3, 3, 1])
    expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(IDS.slice(0, 7).reverse())
    expect(third.metadata.continue).toBeUndefined()
  })

  test('a token is letters and digits, as base64 could be', async () => {
    for (const id of IDS.slice(0, 2)) await face.record(id)
    expect((await face.list('?limit=1')).metadata.continue).toMatch(/^([A-Za-z0-9]{4})+$/)
  })

  test('a filter that only the face can check is walked too', async () => {
    for (const [i, id] of IDS.entries()) await face.record(id, { command: i % 3 === 0 ? 'cluster.create' : 'backup', service: 's' })
    const wanted = IDS.filter((_, i) => i % 3 === 0).reverse()
    const pages = await walk(`limit=4&filter=name%20eq%20'cluster.create'&filter=service+eq+'s'`)
    expect(pages).toEqual([wanted.slice(0, 4), wanted.slice(4, 8), wanted.slice(8)])
  })

  test('a long search gives short and empty pages, and goes on', async () => {
    smallerLimits(LIST_LIMITS, { scanStepRows: 5, scanRows: 5 })
    for (const [i, id] of IDS.entries()) await face.record(id, { command: i < 7 ? 'cluster.create' : 'backup' })
    const pages = await walk(`filter=name+eq+'cluster.create'`)
    expect(pages.map((page) => page.length)).toContain(0)
    expect(pages.flat()).toEqual(IDS.slice(0, 7).reverse())
  })

  test('fields are paged too', async () => {
    for (const id of IDS.slice(0, 2)) await face.record(id)
    const first = (await face.get(`${TASKS}?include=id&limit=1`)).json as ListJson
    const second = await face.get(`${TASKS}?include=id&limit=1&continue=${first.metadata.continue!}`)
    expect(second.json).toEqual({ items: [[IDS[0]]], metadata: {} })
  })

  test('the count is that of the whole list, and is left out where only a walk would tell', async () => {
    for (const id of IDS.slice(0, 5)) await face.record(id)
    await face.store.write(start(IDS[0]!, { instance: ACCOUNT as InstanceId }))
    expect((await face.list('?limit=2')).metadata.count).toBe(5)
    expect((await face.list(`?limit=2&filter=state eq 'notStarted'`.replaceAll(' ', '+'))).metadata.count).toBeUndefined()
    expect((await face.list(`?filter=state+eq+'running'`)).metadata.count).toBe(1)
  })

  test('without a limit, and with a higher one, a page has as much as a page holds', async () => {
    const extra = LIST_LIMITS.pageSizeMax - IDS.length + 1
    const more = Array.from({ length: extra }, (_, i) => `00000000-0000-4000-9000-${String(i).padStart(12, '0')}`)
    for (const id of [...IDS, ...more]) await face.record(id)
    for (const query of ['', `?limit=${LIST_LIMITS.pageSizeMax + 1}`, '?limit=99999999999999999999999']) {
      expect((await face.list(query)).items).toHaveLength(LIST_LIMITS.pageSizeMax)
    }
  })

  test('one id is looked up, not searched for', async () => {
    for (const id of IDS.slice(0, 3)) await face.record(id)
    face.failures = { list: new Error('searched') }
    expect((await face.list(`?filter=id+eq+'${IDS[1]!}'`)).items.map(({ id }) => id)).toEqual([IDS[1]])
    expect((await face.list(`?filter=id+eq+'${IDS[1]!}',state+eq+'running'`)).items).toEqual([])
    expect(await face.list(`?filter=id+eq+'${IDS[9]!}'`)).toMatchObject({ items: [], metadata: { count: 0 } })
  })

  test.each([
    ['nonsense', ''],
    ['A1', ''],
    ['', ''],
    ['of another filter', `&filter=state+eq+'running'`],
  ])('a token that is %j is refused', async (token, query) => {
    for (const id of IDS.slice(0, 2)) await face.record(id)
    const sent = token.startsWith('of') ? (await face.list('?limit=1')).metadata.continue! : token
    const answer = await face.get(`${TASKS}?continue=${sent}${query}`)
    expectProblem(answer, 400, 5)
    expect(answer.json).toMatchObject({ invalidParams: [{ name: 'continue', reason: expect.stringContaining('24 hours') as string }] })
  })

  test('a token is not good for another account, nor after a day', async () => {
    for (const id of IDS.slice(0, 2)) await face.record(id)
    const token = (await face.list('?limit=1')).metadata.continue!
    expectProblem(await face.get(`/accounts/${IDS[0]!}/core/v1/tasks?continue=${token}`), 400, 5)
    await face.store.advance(LIST_LIMITS.pageTokenAgeMs + 1)
    expectProblem(await face.get(`${TASKS}?continue=${token}`), 400, 5)
  })
})

describe('what clients send', () => {
  test('a GET with an empty JSON object, blanks as plus, and the filter repeated', async () => {
    await face.record(IDS[0]!, { service: 'nautilus' })
    const query = "?include=id,state&filter=state+eq+'notStarted'&filter=service+eq+'nautilus'"
    const { status, json } = await face.get(`${TASKS}${query}`, {
      headers: { 'content-type': 'application/json', accept: '*/*', authorization: 'Bearer x' },
      body: '{}',
    })
    expect([status, json]).toEqual([200, { items: [[IDS[0], 'notStarted']], metadata: {} }])
  })

  test('HEAD is GET without a body', async () => {
    await face.record(IDS[0]!)
    const answer = await face.get(`${TASKS}/${IDS[0]!}`)
    const head = await face.get(`${TASKS}/${IDS[0]!}`, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['etag', 'content-type', 'content-length']) expect(head.headers[name]).toBe(answer.headers[name])
    expect((await face.get(TASKS, { method: 'HEAD' })).status).toBe(200)
    expect((await face.get(`${TASKS}/${IDS[1]!}`, { method: 'HEAD' })).status).toBe(404)
  })

  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/astra-task+json', 'application/astra-task+json'],
    ['application/json;q=0.5, application/astra-task+json', 'application/astra-task+json'],
    ['application/json; charset=UTF-8', 'application/json'],
    ['application/astra-task+json;charset=utf-8', 'application/astra-task+json'],
  ])('a task for those who accept %s is %s', async (accept, type) => {
    await face.record(IDS[0]!)
    const { status, headers, json } = await face.get(`${TASKS}/${IDS[0]!}`, accept === undefined ? {} : { headers: { accept } })
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, type, 'nosniff'])
    expect(faultsOfTask(json)).toEqual([])
  })

  test('an ETag is the MD5 of the JSON, and a task that has it is not sent again', async () => {
    await face.record(IDS[0]!)
    const { headers, text } = await face.get(`${TASKS}/${IDS[0]!}`)
    expect(headers.etag).toBe(`"${createHash('md5').update(text).digest('hex')}"`)
    const again = (tag: string): Promise<HttpAnswer> => face.get(`${TASKS}/${IDS[0]!}`, { headers: { 'if-none-match': tag } })
    for (const tag of [headers.etag!, `"other", W/${headers.etag!}`, '*']) expect([tag, (await again(tag)).status]).toEqual([tag, 304])
    expect(await again(headers.etag!)).toMatchObject({ text: '', headers: { etag: headers.etag } })
    await face.store.write(start(IDS[0]!, { instance: ACCOUNT as InstanceId }))
    expect((await again(headers.etag!)).status).toBe(200)
  })
})
