// What every store has to do, whatever database is behind it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { LIST_LIMITS } from '../../src/limits.js'
import { parseFilter } from '../../src/task/filter-parser.js'
import type { InstanceId, TaskId } from '../../src/task/identifiers.js'
import type { ListQuery, TaskStore } from '../../src/task/task-store.js'
import {
  change,
  complete,
  create,
  decode,
  INSTANCE,
  OTHER_INSTANCE,
  query,
  remove,
  start,
} from '../support/task-changes.js'

const NEVER = new AbortController().signal

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseTaskStore(name: string, open: () => TaskStore | Promise<TaskStore>): void {
  describe(`${name} as a task store`, () => {
    let store: TaskStore

    beforeEach(async () => {
      store = await open()
    })

    afterEach(() => store.close())

    async function listed(more: Partial<ListQuery> = {}, instance: InstanceId = INSTANCE): Promise<string[]> {
      const { tasks } = await store.list(instance, query(more), NEVER)
      return tasks.map((encoded) => Task.decode(encoded).id)
    }

    async function filtered(text: string): Promise<string[]> {
      return (await listed({ filter: parseFilter(text) })).toSorted()
    }

    describe('writing', () => {
      test('keeps what was created, byte for byte', async () => {
        const metadata = { typeUrl: 'example.com/unknown.Type', value: Buffer.from([0xff, 0, 1]) }
        const written = await store.write(create('a', { metadata, labels: { env: 'prod' }, progressPercent: 0 }))
        const read = await store.get(INSTANCE, 'a' as TaskId)
        expect(Buffer.from(read?.encoded ?? [])).toEqual(Buffer.from(written.encoded))
        expect(decode(written)).toMatchObject({
          id: 'a',
          serviceInstanceId: 'vdc-1',
          status: 'PENDING',
          createdBy: 'tester',
          modifiedBy: 'tester',
          metadata,
          labels: { env: 'prod' },
          progressPercent: 0,
          revision: 1n,
          etag: '"1"',
        })
      })

      test('numbers the writes of an instance without gaps, in the order they were made', async () => {
        const writes = Array.from({ length: 40 }, (_, index) => store.write(create(`t${index}`)))
        const revisions = (await Promise.all(writes)).map(({ revision }) => revision)
        expect(revisions).toEqual(Array.from({ length: 40 }, (_, index) => BigInt(index + 1)))
      })

      test('spends no number on a write that is refused', async () => {
        await store.write(create('a'))
        await expect(store.write(complete('a'))).rejects.toMatchObject({ reason: 'STATUS_NOT_ALLOWED' })
        await expect(store.write(start('missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect((await store.write(start('a'))).revision).toBe(2n)
      })

      test('counts every instance by itself', async () => {
        await store.write(create('a'))
        const other = await store.write(create('a', {}, { instance: OTHER_INSTANCE }))
        expect(other.revision).toBe(1n)
        expect(await listed()).toEqual(['a'])
      })

      test('a refused write of a batch leaves the others be', async () => {
        const outcomes = await Promise.allSettled([
          store.write(create('a')),
          store.write(start('missing')),
          store.write(start('a')),
        ])
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      })

      test('an etag is a condition', async () => {
        await store.write(create('a'))
        await expect(store.write(start('a', { etag: '"9"' }))).rejects.toMatchObject({
          code: 'ABORTED',
          reason: 'ETAG_MISMATCH',
          details: { metadata: { etag: '"1"' } },
        })
        await store.write(start('a', { etag: '"1"' }))
      })

      test('of many writers with the same etag one wins', async () => {
        await store.write(create('a'))
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, () => store.write(start('a', { etag: '"1"' }))),
        )
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      })

      test('deletes a task, its labels and nothing else', async () => {
        await store.write(create('a', { labels: { env: 'prod' } }))
        await store.write(create('b', { labels: { env: 'prod' } }))
        await expect(store.write(remove('a', '"7"'))).rejects.toMatchObject({ code: 'ABORTED' })
        await store.write(remove('a'))
        expect((await store.history(INSTANCE)).head).toBe(3n)
        expect(await store.get(INSTANCE, 'a' as TaskId)).toBeUndefined()
        expect(await filtered('labels.env = prod')).toEqual(['b'])
        await expect(store.write(remove('a'))).rejects.toMatchObject({ reason: 'TASK_NOT_FOUND' })
      })

      test('refuses to delete a task that is live', async () => {
        await store.write(create('a'))
        await store.write(start('a'))
        await expect(store.write(remove('a'))).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
        await store.write(complete('a'))
        await store.write(remove('a'))
      })
    })

    describe('finding a task by its id alone', () => {
      beforeEach(async () => {
        await store.write(create('a'))
        await store.write(create('b', {}, { instance: OTHER_INSTANCE }))
      })

      test.each([
        ['a', undefined, INSTANCE],
        ['b', undefined, OTHER_INSTANCE],
        ['b', [INSTANCE, OTHER_INSTANCE], OTHER_INSTANCE],
        ['b', [INSTANCE], undefined],
        ['b', [], undefined],
        ['c', undefined, undefined],
      ] as const)('%s among %j is in %s', async (id, instances, instance) => {
        expect(await store.locate(id as TaskId, instances)).toBe(instance)
      })

      test('finds one of several that may be seen, and none that is deleted', async () => {
        await store.write(create('a', {}, { instance: OTHER_INSTANCE }))
        expect(await store.locate('a' as TaskId, [OTHER_INSTANCE])).toBe(OTHER_INSTANCE)
        await store.write(remove('a'))
        expect(await store.locate('a' as TaskId, undefined)).toBe(OTHER_INSTANCE)
        expect(await store.locate('a' as TaskId, [INSTANCE])).toBeUndefined()
      })
    })

    describe('request ids', () => {
      test('the same request answers the task it made, as it is now', async () => {
        const first = await store.write(create('a', {}, { requestId: 'r1' }))
        await store.write(start('a'))
        const again = await store.write(create('b', {}, { requestId: 'r1' }))
        expect(decode(again)).toMatchObject({ id: 'a', status: 'RUNNING' })
        expect(again.revision).toBe(first.revision + 1n)
        expect(await listed()).toEqual(['a'])
      })

      test('a hundred at once make one task', async () => {
        const made = await Promise.all(
          Array.from({ length: 100 }, (_, index) => store.write(create(`t${index}`, {}, { requestId: 'r1' }))),
        )
        expect(new Set(made.map((task) => decode(task).id)).size).toBe(1)
        expect(await listed()).toHaveLength(1)
      })

      test('another request with the same id is refused', async () => {
        await store.write(create('a', {}, { requestId: 'r1' }))
        const other = create('b', { command: 'cluster.delete' }, { requestId: 'r1' })
        await expect(store.write(other)).rejects.toMatchObject({ code: 'ALREADY_EXISTS', reason: 'REQUEST_ID_REUSED' })
      })

      test('another instance may use the same id', async () => {
        await store.write(create('a', {}, { requestId: 'r1' }))
        await store.write(create('b', { command: 'x' }, { requestId: 'r1', instance: OTHER_INSTANCE }))
        expect(await listed({}, OTHER_INSTANCE)).toEqual(['b'])
      })

      test('says so when the task it made has been deleted', async () => {
        await store.write(create('a', {}, { requestId: 'r1' }))
        await store.write(remove('a'))
        await expect(store.write(create('b', {}, { requestId: 'r1' }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
      })
    })

    describe('reading', () => {
      test('a foreign task is a missing task', async () => {
        await store.write(create('a'))
        expect(await store.get(OTHER_INSTANCE, 'a' as TaskId)).toBeUndefined()
      })

      test('an instance without writes has an empty list at revision 0', async () => {
        expect(await store.list(INSTANCE, query(), NEVER)).toEqual({ tasks: [], revision: 0n, next: undefined })
      })

      test.each([
        [{ field: 'created_at', descending: true }, ['c', 'b', 'a']],
        [{ field: 'created_at', descending: false }, ['a', 'b', 'c']],
        [{ field: 'modified_at', descending: true }, ['a', 'c', 'b']],
        [{ field: 'modified_at', descending: false }, ['b', 'c', 'a']],
      ] as const)('lists in order of %j', async (order, expected) => {
        for (const id of ['a', 'b', 'c']) await store.write(create(id))
        await store.write(start('a'))
        expect(await listed({ order })).toEqual(expected)
        const pages: string[] = []
        for (let after: bigint | undefined, more = true; more; more = after !== undefined) {
          const page = await store.list(INSTANCE, query({ order, after, limit: 1 }), NEVER)
          pages.push(...page.tasks.map((encoded) => Task.decode(encoded).id))
          expect(page.revision).toBe(4n)
          after = page.next
        }
        expect(pages).toEqual(expected)
      })

      test('a full last page has no next one', async () => {
        for (const id of ['a', 'b']) await store.write(create(id))
        expect((await store.list(INSTANCE, query({ limit: 2 }), NEVER)).next).toBeUndefined()
        expect((await store.list(INSTANCE, query({ limit: 1 }), NEVER)).next).toBe(2n)
      })

      test('a page ends before it grows too large, and the next one goes on', async () => {
        const metadata = { typeUrl: 'example.com/Large', value: Buffer.alloc(60_000) }
        for (let index = 0; index < 60; index += 1) await store.write(create(`t${index}`, { metadata }))
        const first = await store.list(INSTANCE, query(), NEVER)
        const size = first.tasks.reduce((sum, { length }) => sum + length, 0)
        expect(size).toBeLessThanOrEqual(LIST_LIMITS.pageBytes)
        const second = await store.list(INSTANCE, query({ after: first.next }), NEVER)
        expect(first.tasks.length + second.tasks.length).toBe(60)
      })

      test('every task that exists throughout is on exactly one page, whatever comes and goes', async () => {
        for (let index = 0; index < 60; index += 1) await store.write(create(`keep${index}`))
        const seen: string[] = []
        let after: bigint | undefined
        for (let page = 0; page === 0 || after !== undefined; page += 1) {
          const answer = await store.list(INSTANCE, query({ after, limit: 7 }), NEVER)
          seen.push(...answer.tasks.map((encoded) => Task.decode(encoded).id))
          after = answer.next
          await store.write(create(`new${page}`))
          await store.write(create(`gone${page}`))
          await store.write(remove(`gone${page}`))
          if (page > 0) await store.write(remove(`new${page - 1}`))
        }
        const kept = seen.filter((id) => id.startsWith('keep'))
        expect(kept.toSorted()).toEqual(Array.from({ length: 60 }, (_, index) => `keep${index}`).toSorted())
      })

      test('a list ends with its signal', async () => {
        await store.write(create('a'))
        const reason = new Error('enough')
        const filter = parseFilter('modified_by = nobody')
        for (let index = 0; index < 3; index += 1) {
          const writes = Array.from({ length: LIST_LIMITS.scanStepRows / 2 }, (_, at) => store.write(create(`s${index}-${at}`)))
          await Promise.all(writes)
        }
        const ended = new AbortController()
        const list = store.list(INSTANCE, query({ filter }), ended.signal)
        ended.abort(reason)
        await expect(list).rejects.toBe(reason)
      })
    })

    describe('filtering', () => {
      beforeEach(async () => {
        await store.write(create('a', { command: 'cluster.create', labels: { env: 'prod', zone: 'z1' }, createdBy: 'ann' }))
        await store.write(create('b', { command: 'cluster.delete', labels: { env: 'test' }, service: 'clusters' }))
        await store.write(
          create('c', { command: 'backup.take', resource: { id: 'r1', type: 'volume', uri: '', name: '', collectionUris: [] } }),
        )
        await store.write(start('a'))
        await store.write(complete('a'))
        await store.write(start('b'))
      })

      test.each([
        ['', ['a', 'b', 'c']],
        ['status = PENDING', ['c']],
        ['status != PENDING', ['a', 'b']],
        ['outcome = CLEAN', ['a']],
        ['outcome != CLEAN', ['b', 'c']],
        ['command = cluster.create', ['a']],
        ['command = "cluster.*"', ['a', 'b']],
        ['command != cluster.*', ['c']],
        ['command = *', ['a', 'b', 'c']],
        ['service = clusters', ['b']],
        ['service != clusters', ['a', 'c']],
        ['service = ""', ['a', 'c']],
        ['created_by = ann', ['a']],
        ['modified_by = tester AND created_by = tester', ['b', 'c']],
        ['resource.id = r1', ['c']],
        ['resource.type = volume', ['c']],
        ['labels.env = prod', ['a']],
        ['labels.env != prod', ['b', 'c']],
        ['labels:env', ['a', 'b']],
        ['labels.zone:*', ['a']],
        ['NOT labels:env', ['c']],
        ['labels.env = prod AND labels.zone = z1', ['a']],
        ['labels.env = prod AND labels.zone = z2', []],
        ['labels.env = prod OR labels.env = test', ['a', 'b']],
        ['labels.env = test AND status = RUNNING', ['b']],
        ['started_at > 2000-01-01T00:00:00Z', ['a', 'b']],
        ['NOT started_at > 2000-01-01T00:00:00Z', ['c']],
        ['ended_at < 2000-01-01T00:00:00Z', []],
        ['created_at >= "2000-01-01T00:00:00+02:00"', ['a', 'b', 'c']],
        ['created_at < 2000-01-01T00:00:00Z', []],
        ['status = PENDING OR status = RUNNING command = cluster.*', ['b']],
        ['-(status = PENDING OR command = cluster.create)', ['b']],
        [`created_by = "'; DROP TABLE task; --"`, []],
      ])('%s', async (text, expected) => {
        expect(await filtered(text)).toEqual(expected)
      })

      test('labels that were changed are found as they are now', async () => {
        await store.write(change('b', { kind: 'update', token: '', patch: { fields: {}, resource: {}, labels: { env: 'prod' } } }))
        expect(await filtered('labels.env = prod')).toEqual(['a', 'b'])
        expect(await filtered('labels.env = test')).toEqual([])
      })

      test('in order of modified_at as well', async () => {
        const order = { field: 'modified_at', descending: false } as const
        expect(await listed({ order, filter: parseFilter('labels:env') })).toEqual(['a', 'b'])
      })

      test('a rare match far down is found across many steps', async () => {
        for (let index = 0; index < 3; index += 1) {
          const writes = Array.from({ length: LIST_LIMITS.scanStepRows }, (_, at) => store.write(create(`s${index}-${at}`)))
          await Promise.all(writes)
        }
        expect(await filtered('resource.type = volume')).toEqual(['c'])
        expect(await filtered('resource.type = volume AND command = backup.take')).toEqual(['c'])
      })
    })

    describe('closing', () => {
      test('finishes the writes that were taken and refuses what comes after', async () => {
        const writes = Array.from({ length: 100 }, (_, index) => store.write(create(`t${index}`)))
        await store.close()
        expect((await Promise.all(writes)).at(-1)?.revision).toBe(100n)
        const late: (() => unknown)[] = [
          () => store.get(INSTANCE, 'a' as TaskId),
          () => store.ready(INSTANCE, 'a' as TaskId, 'json'),
          () => store.readyPage(INSTANCE, query(), 'message', { signal: NEVER }),
          () => store.version(INSTANCE),
        ]
        for (const read of late) await expect(Promise.resolve().then(read)).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' })
        await expect(store.write(create('x'))).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' })
        await store.close()
      })

      test('is checked', async () => {
        await store.check()
        await store.close()
        await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      })
    })
  })
}
