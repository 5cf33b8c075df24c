// The history of an instance and of a task, how far it reaches, what a purge and a retention policy remove, and what stays known.
import { describe, expect, test } from 'vitest'
import { RetentionPolicy } from '../../../gen/openshift/v1/task_producer_service.js'
import { RETENTION_LIMITS, STORE_LIMITS } from '../../../src/limits.js'
import { fromMilliseconds } from '../../../src/task/duration.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import {
  acknowledge,
  ask,
  complete,
  create,
  decode,
  fail,
  INSTANCE,
  OTHER_INSTANCE,
  progress,
  remove,
  start,
} from '../../support/task-changes.js'
import { StoreUnderTest, type OpenClocked } from './store-under-test.js'

const AGE = RETENTION_LIMITS.ageMinMs

/**
 * Runs the suite on the stores that `open` makes: each new and empty. `keptMs`: milliseconds after which a purge has removed
 * an event at the latest.
 */
export function exerciseHistory(name: string, open: OpenClocked, keptMs: number): void {
  describe(`${name} remembers`, () => {
    const on = new StoreUnderTest(open)

    test('every write, with the task as it was then and the write before it', async () => {
      await on.made(create('a'), create('b'), start('a'), progress('a', 5), complete('a'), remove('a'))
      const stored = await on.store.events(INSTANCE, { taskId: undefined, after: 0n, limit: 100 })
      expect(stored.map(({ revision, taskId, event, previousRevision }) => [revision, taskId, event.kind, event.from, event.to, previousRevision])).toEqual([
        [1n, 'a', 'CREATED', 'STATUS_UNSPECIFIED', 'PENDING', undefined],
        [2n, 'b', 'CREATED', 'STATUS_UNSPECIFIED', 'PENDING', undefined],
        [3n, 'a', 'STARTED', 'PENDING', 'RUNNING', 1n],
        [4n, 'a', 'UPDATED', 'RUNNING', 'RUNNING', 3n],
        [5n, 'a', 'SUCCEEDED', 'RUNNING', 'SUCCEEDED', 4n],
        [6n, 'a', 'DELETED', 'SUCCEEDED', 'STATUS_UNSPECIFIED', 5n],
      ])
      for (const { revision, event, encoded } of stored) {
        expect(decode({ encoded, revision }).status).toBe(event.to === 'STATUS_UNSPECIFIED' ? 'SUCCEEDED' : event.to)
        expect(Buffer.from((await on.store.taskAt(INSTANCE, revision)) ?? [])).toEqual(Buffer.from(encoded))
      }
      expect(await on.store.taskAt(INSTANCE, 7n)).toBeUndefined()
    })

    test('the events of one task, page by page', async () => {
      await on.made(create('a'), create('b'), start('a'), start('b'), complete('a'))
      const first = await on.store.events(INSTANCE, { taskId: 'a' as TaskId, after: 0n, limit: 2 })
      expect(first.map(({ revision }) => revision)).toEqual([1n, 3n])
      const second = await on.store.events(INSTANCE, { taskId: 'a' as TaskId, after: 3n, limit: 2 })
      expect(second.map(({ revision }) => revision)).toEqual([5n])
      expect(await on.store.events(OTHER_INSTANCE, { taskId: 'a' as TaskId, after: 0n, limit: 9 })).toEqual([])
    })

    test('the last event of a task that is gone, and none of one that never was', async () => {
      await on.made(create('a'), remove('a'))
      expect(await on.store.lastEvent(INSTANCE, 'a' as TaskId)).toMatchObject({ kind: 'DELETED', actor: 'tester', revision: 2n })
      expect(await on.store.lastEvent(INSTANCE, 'b' as TaskId)).toBeUndefined()
      expect(await on.store.lastEvent(OTHER_INSTANCE, 'a' as TaskId)).toBeUndefined()
    })

    test('events for so long; then says how far back it reaches', async () => {
      expect(await on.store.history(INSTANCE)).toEqual({ head: 0n, oldest: 0n })
      await on.made(create('a'))
      await on.store.advance(STORE_LIMITS.historyMs)
      await on.made(start('a'))
      await on.store.purge()
      expect(await on.store.history(INSTANCE)).toEqual({ head: 2n, oldest: 0n })
      await on.store.advance(keptMs - STORE_LIMITS.historyMs + 1)
      await on.store.purge()
      expect(await on.store.history(INSTANCE)).toEqual({ head: 2n, oldest: 1n })
      for (let look = 0; look < 4; look += 1) {
        await on.store.advance(keptMs / 4)
        await on.store.purge()
      }
      expect(await on.store.history(INSTANCE)).toEqual({ head: 2n, oldest: 2n })
      expect((await on.made(complete('a'))).revision).toBe(3n)
    })
  })

  describe(`${name} lets go of what has ended`, () => {
    const on = new StoreUnderTest(open)
    const policy = (ages: Partial<Record<keyof RetentionPolicy, number>>): RetentionPolicy =>
      RetentionPolicy.create(Object.fromEntries(Object.entries(ages).map(([field, ms]) => [field, fromMilliseconds(ms)])))

    async function left(ids: readonly string[]): Promise<string[]> {
      const there = await Promise.all(ids.map((id) => Promise.resolve(on.store.get(INSTANCE, id as TaskId))))
      return ids.filter((_, index) => there[index] !== undefined)
    }

    const ENDED = ['good', 'bad', 'ugly']
    async function endThree(): Promise<void> {
      const cancelSupported = true
      for (const id of ENDED) await on.made(create(id, { cancelSupported }), start(id))
      await on.made(complete('good'), fail('bad'), ask('cancel', 'ugly'), acknowledge('acknowledgeCancel', 'ugly'))
    }

    test('a policy is kept as it was set, for its instance', async () => {
      expect(await on.store.retentionPolicy(INSTANCE)).toEqual(policy({}))
      await on.store.setRetentionPolicy(INSTANCE, policy({ failedAge: AGE }))
      await on.store.setRetentionPolicy(INSTANCE, policy({ succeededAge: 2 * AGE }))
      expect(await on.store.retentionPolicy(INSTANCE)).toEqual(policy({ succeededAge: 2 * AGE }))
      expect(await on.store.retentionPolicy(OTHER_INSTANCE)).toEqual(policy({}))
    })

    test.each([
      [{ succeededAge: AGE }, ['bad', 'ugly']],
      [{ failedAge: AGE }, ['good', 'ugly']],
      [{ cancelledAge: AGE }, ['good', 'bad']],
      [{ succeededAge: AGE, failedAge: AGE, cancelledAge: 2 * AGE }, ['ugly']],
      [{}, ENDED],
    ])('%j leaves %j', async (ages, expected) => {
      await endThree()
      await on.store.setRetentionPolicy(INSTANCE, policy(ages))
      await on.store.advance(AGE)
      expect(await on.store.purge()).toMatchObject({ tasks: 0 })
      await on.store.advance(1)
      expect(await on.store.purge()).toMatchObject({ tasks: ENDED.length - expected.length })
      expect(await left(ENDED)).toEqual(expected)
    })

    test('a task that the policy has let go leaves an event that says so', async () => {
      await endThree()
      await on.store.setRetentionPolicy(INSTANCE, policy({ succeededAge: AGE }))
      await on.store.advance(AGE + 1)
      await on.store.purge()
      const last = await on.store.lastEvent(INSTANCE, 'good' as TaskId)
      expect(last).toMatchObject({ kind: 'EXPIRED', actor: 'taskplane', from: 'SUCCEEDED', to: 'STATUS_UNSPECIFIED' })
    })

    test('nothing that has not ended is ever let go, nor anything of another instance', async () => {
      const pauseSupported = true
      const cancelSupported = true
      const ids = ['pending', 'running', 'pausing', 'paused', 'cancelling']
      for (const id of ids) await on.made(create(id, { pauseSupported, cancelSupported }))
      for (const id of ids.slice(1)) await on.made(start(id))
      await on.made(ask('pause', 'pausing'), ask('pause', 'paused'), acknowledge('acknowledgePause', 'paused'), ask('cancel', 'cancelling'))
      await on.made(create('foreign', {}, { instance: OTHER_INSTANCE }), start('foreign', { instance: OTHER_INSTANCE }))
      await on.made({ ...complete('foreign'), instance: OTHER_INSTANCE })
      await on.store.setRetentionPolicy(INSTANCE, policy({ succeededAge: AGE, failedAge: AGE, cancelledAge: AGE }))
      // The store's clock goes on without a look for what is due, so that nothing ends meanwhile.
      await on.store.advance(0)
      for (let look = 0; look < 4; look += 1) {
        await on.store.advance(AGE)
        expect(await on.store.purge()).toMatchObject({ tasks: 0 })
      }
      expect(await left(ids)).toEqual(ids)
      expect(await on.store.get(OTHER_INSTANCE, 'foreign' as TaskId)).toBeDefined()
    })

    test('parts go before their parent, which waits for the last of them', async () => {
      await on.made(create('a'), create('b', { parentTaskId: 'a' }), create('c', { parentTaskId: 'a' }))
      for (const id of ['a', 'b', 'c']) await on.made(start(id))
      await on.made(complete('a'), complete('b'))
      await on.store.setRetentionPolicy(INSTANCE, policy({ succeededAge: AGE }))
      await on.store.advance(AGE + 1)
      await on.store.purge()
      await on.store.purge()
      expect(await left(['a', 'b', 'c'])).toEqual(['a', 'c'])
      await on.made(complete('c'))
      await on.store.advance(AGE + 1)
      await on.store.purge()
      expect(await left(['a', 'b', 'c'])).toEqual(['a'])
      await on.store.purge()
      expect(await left(['a', 'b', 'c'])).toEqual([])
    })
  })
}
