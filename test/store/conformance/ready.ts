// Tasks that are ready to be sent: whatever they hold, and however they are read, they are the tasks of get and list.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GetTaskResponse } from '../../../gen/openshift/v1/task_service.js'
import { bytesField } from '../../../src/api/wire.js'
import { LEASE_LIMITS, LIST_LIMITS } from '../../../src/limits.js'
import { parseFilter } from '../../../src/task/filter-parser.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import type { NewTask } from '../../../src/task/new-task.js'
import { printTask } from '../../../src/task/task-json.js'
import type { ListQuery, TaskStore } from '../../../src/task/task-store.js'
import {
  ask,
  complete,
  create,
  decode,
  fail,
  INSTANCE,
  lease,
  OTHER_INSTANCE,
  progress,
  query,
  remove,
  renew,
  start,
  TOKEN,
} from '../../support/task-changes.js'

const NEVER = new AbortController().signal
const EVERY_BYTE = Buffer.from(Array.from({ length: 512 }, (_, byte) => byte % 256))

/** What tasks can hold. */
const CONTENTS: Readonly<Record<string, Partial<NewTask>>> = {
  nothing: {},
  'every byte in an Any of no known type': { metadata: { typeUrl: 'example.com/no.Such.Type', value: EVERY_BYTE } },
  'text of all kinds': { summary: 'Größe 大小 \u{1F600}', description: '"quoted" \\ \n\t</script>', labels: { 'a.b': 'ü', env: '' } },
  'an Any that is known': { metadata: { typeUrl: 'type.googleapis.com/openshift.v1.TaskResource', value: Buffer.from('0a0161', 'hex') } },
  'a resource, a service, progress': {
    resource: { id: 'r', type: 'volume', uri: 'https://example.com/r', name: 'eins', collectionUris: ['a', 'b'] },
    service: 'backup',
    progressPercent: 0,
    orderHint: -5,
    deadline: new Date('2100-01-01T00:00:00.123Z'),
    statusDetails: [{ type: 'log', title: 'a', detail: 'b' }],
  },
}

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseReady(name: string, open: () => TaskStore | Promise<TaskStore>): void {
  describe(`${name} answers what is ready to be sent`, () => {
    let store: TaskStore

    beforeEach(async () => {
      store = await open()
    })

    afterEach(() => store.close())

    async function expectReady(id: string): Promise<void> {
      const stored = await store.get(INSTANCE, id as TaskId)
      if (stored === undefined) throw new Error(`There is no ${id}`)
      const message = await store.ready(INSTANCE, id as TaskId, 'message')
      expect(message?.revision).toBe(stored.revision)
      expect(GetTaskResponse.decode(message?.content ?? new Uint8Array())).toEqual({ task: decode(stored) })
      expect(await store.ready(INSTANCE, id as TaskId, 'json')).toEqual({ content: printTask(stored.encoded), revision: stored.revision })
    }

    /** Reads a list to its end, each page in all forms; how many pages it has. */
    async function expectPages(more: Partial<ListQuery>, instance: InstanceId = INSTANCE): Promise<number> {
      let pages = 0
      for (let after: bigint | undefined = more.after, isFirst = true; isFirst || after !== undefined; isFirst = false) {
        const asked: ListQuery = query({ ...more, after })
        const { tasks, ...page } = await store.list(instance, asked, NEVER)
        const { content: message, ...ofMessage } = await store.readyPage(instance, asked, 'message', { signal: NEVER })
        expect(Buffer.concat(tasks.map((each) => bytesField(1, each))).equals(message)).toBe(true)
        const json = await store.readyPage(instance, asked, 'json', { signal: NEVER })
        expect(json).toEqual({ content: tasks.map(printTask).join(','), count: tasks.length, ...page })
        expect(ofMessage).toEqual({ count: tasks.length, ...page })
        after = page.next
        pages += 1
      }
      return pages
    }

    test.each(Object.entries(CONTENTS))('a task with %s, through its life', async (_, content) => {
      await store.write(create('a', { cancelSupported: true, ...content }, { lease: lease(LEASE_LIMITS.ttlMaxMs, 3) }))
      for (const change of [undefined, start('a'), progress('a', 7, TOKEN), renew('a'), ask('cancel', 'a', { reason: 'größer' }), fail('a', TOKEN)]) {
        if (change !== undefined) await store.write(change)
        await expectReady('a')
        await expectPages({})
      }
      await store.write(remove('a'))
      for (const form of ['message', 'json'] as const) expect(await store.ready(INSTANCE, 'a' as TaskId, form)).toBeUndefined()
      await expectPages({})
    })

    test('a renewed lease is shown as it is now', async () => {
      await store.write(create('a', {}, { lease: lease(LEASE_LIMITS.ttlMaxMs) }))
      const { lease: before } = decode(await store.write(start('a')))
      let renewed = before
      while (renewed?.expiresAt?.getTime() === before?.expiresAt?.getTime()) renewed = decode(await store.write(renew('a'))).lease
      const json = await store.ready(INSTANCE, 'a' as TaskId, 'json')
      const shown = JSON.parse(json?.content ?? '') as { readonly lease: { readonly expiresAt: string } }
      expect(new Date(shown.lease.expiresAt)).toEqual(renewed?.expiresAt)
      await expectReady('a')
      await expectPages({})
    })

    test('whatever bytes tasks hold, a page has them all', async () => {
      const values = fc.sample(fc.uint8Array({ maxLength: 300 }), { numRuns: 60, seed: 7 })
      const metadata = (value: Uint8Array): NewTask['metadata'] => ({ typeUrl: 'example.com/Random', value: Buffer.from(value) })
      await Promise.all(values.map((value, index) => store.write(create(`t${index}`, { metadata: metadata(value) }))))
      expect(await expectPages({})).toBe(1)
    })

    test('a foreign task is a missing one', async () => {
      await store.write(create('a'))
      for (const form of ['message', 'json'] as const) expect(await store.ready(OTHER_INSTANCE, 'a' as TaskId, form)).toBeUndefined()
      await expectPages({}, OTHER_INSTANCE)
      await expectPages({}, 'nobody' as InstanceId)
    })

    describe('pages of many tasks of two instances', () => {
      beforeEach(async () => {
        for (let index = 0; index < 24; index += 1) {
          const instance = index % 2 === 0 ? INSTANCE : OTHER_INSTANCE
          const more = { labels: { env: index % 3 === 0 ? 'prod' : 'test' }, createdBy: `user-${index % 4}`, service: index % 5 === 0 ? 's' : '' }
          await store.write(create(`t${index}`, more, { instance }))
        }
        for (const id of ['t4', 't10', 't2']) await store.write(start(id))
        await store.write(complete('t4'))
        await store.write(remove('t6'))
      })

      test.each([
        '',
        'status = PENDING',
        'status = RUNNING',
        'created_by = user-0',
        'created_by = user-0 AND status = PENDING',
        'labels.env = prod',
        'labels.env = prod AND status = PENDING',
        'service = s',
        'status = PENDING OR status = RUNNING',
        'NOT labels.env = prod',
      ])('%s', async (text) => {
        for (const field of ['created_at', 'modified_at'] as const) {
          for (const descending of [true, false]) {
            for (const limit of [1, 4, 100]) await expectPages({ order: { field, descending }, filter: parseFilter(text), limit })
          }
        }
      })

      test('with a last look at each task', async () => {
        await expectPages({ matches: (encoded) => decode({ encoded, revision: 0n }).status === 'RUNNING' })
      })

      test.each([0n, 1n, 2n ** 40n - 1n, 2n ** 40n, 2n ** 41n, 2n ** 63n - 1n])('after %d there is nothing of others', async (after) => {
        for (const instance of [INSTANCE, OTHER_INSTANCE]) {
          for (const descending of [true, false]) {
            const asked = query({ order: { field: 'created_at', descending }, after })
            const json = await store.readyPage(instance, asked, 'json', { signal: NEVER })
            const tasks = JSON.parse(`[${json.content}]`) as { readonly serviceInstanceId: string }[]
            expect(tasks.filter(({ serviceInstanceId }) => serviceInstanceId !== instance)).toEqual([])
            await expectPages(asked, instance)
          }
        }
      })
    })

    test('pages end before they grow too large, in any form', async () => {
      const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(60_000, 1) }
      const large = Array.from({ length: 60 }, (_, index) => store.write(create(`t${index}`, { metadata })))
      await Promise.all(large)
      expect(await expectPages({})).toBe(2)
      expect(await expectPages({ limit: Math.floor(LIST_LIMITS.pageBytes / 60_500) })).toBe(2)
      expect(await expectPages({ limit: 20 })).toBe(3)
    })

    test('a page of more tasks than one step reads', async () => {
      const count = LIST_LIMITS.scanStepRows + 50
      await Promise.all(Array.from({ length: count }, (_, index) => store.write(create(`t${index}`))))
      expect(await expectPages({ limit: LIST_LIMITS.pageSizeMax })).toBe(1)
      expect(await expectPages({ limit: LIST_LIMITS.scanStepRows })).toBe(2)
    })

    test('nobody waits for a page for who has left', async () => {
      const reason = new Error('enough')
      const looking = query({ matches: () => true })
      const read = Promise.resolve().then(() => store.readyPage(INSTANCE, looking, 'json', { signal: AbortSignal.abort(reason) }))
      await expect(read).rejects.toBe(reason)
    })
  })
}
