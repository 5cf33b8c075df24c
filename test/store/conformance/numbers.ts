// How many tasks there are, and lists by offset: kept right by every write, and read across instances.
import { describe, expect, test } from 'vitest'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { Task } from '../../../gen/openshift/v1/task.js'
import { LEASE_LIMITS, LIST_LIMITS } from '../../../src/limits.js'
import { fromMilliseconds } from '../../../src/task/duration.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import type { SliceQuery } from '../../../src/task/task-store.js'
import { ask, complete, create, fail, INSTANCE, lease, OTHER_INSTANCE, query, remove, start } from '../../support/task-changes.js'
import { StoreUnderTest, type OpenClocked } from './store-under-test.js'

const NEVER = new AbortController().signal
const NEWEST: SliceQuery = { instances: undefined, order: { field: 'created_at', descending: true }, offset: 0, limit: 100 }
const elsewhere = { instance: OTHER_INSTANCE }

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseNumbers(name: string, open: OpenClocked): void {
  describe(`${name} knows how many tasks there are`, () => {
    const on = new StoreUnderTest(open)

    test('after each kind of write', async () => {
      const counts = (): Promise<object> => on.store.counts(INSTANCE)
      expect(await counts()).toEqual({ total: 0, roots: 0, byStatus: {}, revision: 0n })
      await on.made(create('a', {}, { requestId: 'r' }), create('again', {}, { requestId: 'r' }), create('b', { parentTaskId: 'a' }))
      await on.made(create('other', {}, elsewhere))
      expect(await counts()).toEqual({ total: 2, roots: 1, byStatus: { PENDING: 2 }, revision: 2n })
      await on.refused(complete('b'))
      await on.made(start('a'), start('b'), fail('b'))
      expect(await counts()).toEqual({ revision: expect.any(BigInt) as bigint, total: 2, roots: 1, byStatus: { RUNNING: 1, FAILED: 1 } })
      await on.made(remove('b'), complete('a'))
      expect(await counts()).toEqual({ revision: expect.any(BigInt) as bigint, total: 1, roots: 1, byStatus: { SUCCEEDED: 1 } })
    })

    test('after what happens by itself: parts cancelled, owners lost, tasks past their time', async () => {
      await on.made(create('a', { cancelSupported: true }), create('b', { parentTaskId: 'a', cancelSupported: true }), ask('cancel', 'a'))
      expect(await on.store.counts(INSTANCE)).toEqual({ revision: expect.any(BigInt) as bigint, total: 2, roots: 1, byStatus: { CANCELLED: 2 } })
      await on.made(create('c', {}, { lease: lease(LEASE_LIMITS.ttlMinMs) }), start('c'))
      await on.store.advance(LEASE_LIMITS.ttlMinMs)
      expect(await on.store.counts(INSTANCE)).toEqual({ revision: expect.any(BigInt) as bigint, total: 3, roots: 2, byStatus: { CANCELLED: 2, FAILED: 1 } })
      await on.store.setRetentionPolicy(INSTANCE, RetentionPolicy.create({ failedAge: fromMilliseconds(1000) }))
      await on.store.advance(1001)
      await on.store.purge()
      expect(await on.store.counts(INSTANCE)).toEqual({ revision: expect.any(BigInt) as bigint, total: 2, roots: 1, byStatus: { CANCELLED: 2 } })
    })
  })

  describe(`${name} lists by offset`, () => {
    const on = new StoreUnderTest(open)

    async function slice(more: Partial<SliceQuery> = {}): Promise<{ ids: string[]; total: number }> {
      const { tasks, total } = await on.store.slice({ ...NEWEST, ...more }, NEVER)
      return { ids: tasks.map((encoded) => Task.decode(encoded).id), total }
    }

    async function fill(): Promise<void> {
      const instances = [INSTANCE, OTHER_INSTANCE, 'vdc-3' as InstanceId]
      for (let index = 0; index < 9; index += 1) {
        await on.made(create(`t${index}`, {}, { instance: instances[index % 3]! }))
        await on.store.advance(1)
      }
      await on.made(create('part', { parentTaskId: 't0' }))
    }

    test('an empty store', async () => {
      expect(await slice()).toEqual({ ids: [], total: 0 })
      expect(await slice({ instances: [INSTANCE] })).toEqual({ ids: [], total: 0 })
      expect(await slice({ instances: [] })).toEqual({ ids: [], total: 0 })
    })

    test.each([
      [undefined, ['t8', 't7', 't6', 't5', 't4', 't3', 't2', 't1', 't0']],
      [[INSTANCE], ['t6', 't3', 't0']],
      [[INSTANCE, OTHER_INSTANCE], ['t7', 't6', 't4', 't3', 't1', 't0']],
      [[INSTANCE, INSTANCE, 'nobody' as InstanceId], ['t6', 't3', 't0']],
    ])('of %j, newest first, and every part of it', async (instances, expected) => {
      await fill()
      const total = expected.length
      expect(await slice({ instances })).toEqual({ ids: expected, total })
      for (let offset = 0; offset <= total; offset += 1) {
        expect(await slice({ instances, offset, limit: 2 })).toEqual({ ids: expected.slice(offset, offset + 2), total })
      }
      const ascending = { field: 'created_at', descending: false } as const
      expect(await slice({ instances, order: ascending })).toEqual({ ids: expected.toReversed(), total })
    })

    test('in the order of the last change', async () => {
      await fill()
      await on.made(start('t4', elsewhere))
      await on.store.advance(1)
      await on.made(start('t0'))
      const order = { field: 'modified_at', descending: true } as const
      expect((await slice({ order, limit: 3 })).ids).toEqual(['t0', 't4', 't8'])
      expect((await slice({ order, instances: [INSTANCE] })).ids).toEqual(['t0', 't6', 't3'])
    })

    test('tasks of one moment in the order they were made', async () => {
      await on.made(...['a', 'b', 'c'].map((id) => create(id)))
      expect((await slice()).ids).toEqual(['c', 'b', 'a'])
      expect((await slice({ instances: [INSTANCE], offset: 1, limit: 1 })).ids).toEqual(['b'])
    })

    test(`of ${LIST_LIMITS.sliceInstances} instances`, async () => {
      await fill()
      const others = Array.from({ length: LIST_LIMITS.sliceInstances - 1 }, (_, index) => `empty-${index}` as InstanceId)
      expect(await slice({ instances: [...others, INSTANCE] })).toEqual({ ids: ['t6', 't3', 't0'], total: 3 })
    })

    test('ends with its signal', async () => {
      const gone = new AbortController()
      gone.abort(new Error('enough'))
      await expect(on.store.slice(NEWEST, gone.signal)).rejects.toThrow('enough')
    })
  })

  describe(`${name} asks who lists`, () => {
    const on = new StoreUnderTest(open)

    test('about each task that the filter lets through, also far down', async () => {
      for (let index = 0; index < LIST_LIMITS.scanStepRows + 10; index += 1) await on.made(create(`t${index}`))
      const page = (matches: (id: string) => boolean, limit: number): ReturnType<typeof on.store.list> =>
        on.store.list(INSTANCE, query({ limit, matches: (encoded) => matches(Task.decode(encoded).id) }), NEVER)
      const rare = await page((id) => id === 't1' || id === 't0', 1)
      expect(rare.tasks.map((encoded) => Task.decode(encoded).id)).toEqual(['t1'])
      const rest = await on.store.list(INSTANCE, query({ after: rare.next, matches: () => true }), NEVER)
      expect(rest.tasks.map((encoded) => Task.decode(encoded).id)).toEqual(['t0'])
      expect(await page(() => false, 5)).toMatchObject({ tasks: [], next: undefined })
      expect((await page(() => true, 1000)).tasks).toHaveLength(LIST_LIMITS.scanStepRows + 10)
    })
  })
}
