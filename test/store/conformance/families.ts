// Parents and their parts: who lives by whom, what a cancel reaches, and what the parent says of its progress.
import { describe, expect, test } from 'vitest'
import { FAMILY_LIMITS, LEASE_LIMITS } from '../../../src/limits.js'
import { ask, complete, create, fail, lease, progress, remove, renew, start, TOKEN } from '../../support/task-changes.js'
import { StoreUnderTest, type OpenClocked } from './store-under-test.js'

const TTL = LEASE_LIMITS.ttlMinMs

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseFamilies(name: string, open: OpenClocked): void {
  describe(`${name} keeps families`, () => {
    const on = new StoreUnderTest(open)
    const partOf = (parentTaskId: string, more: object = {}): object => ({ parentTaskId, ...more })

    test('a part needs a parent that is there and has not ended', async () => {
      expect(await on.refused(create('b', partOf('a')))).toBe('NOT_FOUND TASK_NOT_FOUND')
      await on.made(create('a'), create('b', partOf('a')), start('a'), create('c', partOf('a')), complete('a'))
      expect(await on.refused(create('d', partOf('a')))).toBe('FAILED_PRECONDITION PARENT_NOT_ALLOWED')
    })

    test('a family has so many generations', async () => {
      await on.made(create('t1'))
      for (let depth = 2; depth <= FAMILY_LIMITS.depth; depth += 1) await on.made(create(`t${depth}`, partOf(`t${depth - 1}`)))
      const next = create('more', partOf(`t${FAMILY_LIMITS.depth}`))
      expect(await on.refused(next)).toBe('FAILED_PRECONDITION PARENT_NOT_ALLOWED')
    })

    test('a family has so many parts, in whichever generation', { timeout: 60_000 }, async () => {
      await on.made(create('a'), create('b', partOf('a')), create('c', partOf('b')))
      for (let index = 2; index < FAMILY_LIMITS.descendants; index += 1) await on.made(create(`t${index}`, partOf(index % 2 === 0 ? 'b' : 'c')))
      for (const parent of ['a', 'b', 'c', 't2']) {
        expect(await on.refused(create('more', partOf(parent)))).toBe('FAILED_PRECONDITION PARENT_NOT_ALLOWED')
      }
      await on.made(remove('t3'), create('more', partOf('t2')))
    })

    test('a parent is alive while a part is, and gets a whole ttl when the last one ends', async () => {
      await on.made(create('a', {}, { lease: lease(TTL) }), start('a'))
      await on.made(create('b', partOf('a'), { lease: lease(TTL) }), start('b'))
      for (let look = 0; look < 10; look += 1) {
        await on.store.advance(TTL - 1)
        await on.made(renew('b'))
        expect((await on.task('a')).status).toBe('RUNNING')
      }
      await on.made(complete('b', TOKEN))
      await on.store.advance(TTL - 1)
      expect((await on.task('a')).status).toBe('RUNNING')
      await on.store.advance(1)
      expect(await on.task('a')).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST' })
    })

    test('being kept alive by a part makes no event, and the owner may still renew', async () => {
      await on.made(create('a', {}, { lease: lease(TTL) }), start('a'), create('b', partOf('a')), start('b'))
      for (let look = 0; look < 5; look += 1) await on.store.advance(TTL)
      expect(await on.kinds('a')).toEqual(['CREATED', 'STARTED'])
      expect((await on.made(renew('a'))).lease?.expiresAt).toEqual(new Date(on.store.now + TTL))
    })

    test('a part that nobody has begun keeps nobody alive', async () => {
      await on.made(create('a', {}, { lease: lease(TTL) }), start('a'), create('b', partOf('a')))
      await on.store.advance(TTL)
      expect((await on.task('a')).endReason).toBe('OWNER_LOST')
    })

    test('a part that is lost does not take its parent with it at once', async () => {
      await on.made(create('a', {}, { lease: lease(TTL) }), start('a'))
      await on.made(create('b', partOf('a'), { lease: lease(TTL) }), start('b'))
      await on.store.advance(TTL)
      expect((await on.task('b')).endReason).toBe('OWNER_LOST')
      expect((await on.task('a')).status).toBe('RUNNING')
      await on.store.advance(TTL)
      expect((await on.task('a')).endReason).toBe('OWNER_LOST')
    })

    test('a cancel reaches the parts that allow it, and theirs', async () => {
      const cancelSupported = true
      await on.made(create('a', { cancelSupported }), start('a'))
      await on.made(create('busy', partOf('a', { cancelSupported })), start('busy'))
      await on.made(create('below', partOf('busy', { cancelSupported })))
      await on.made(create('waiting', partOf('a', { cancelSupported })), create('firm', partOf('a')), start('firm'))
      await on.made(create('done', partOf('a', { cancelSupported })), start('done'), complete('done'))
      await on.made(ask('cancel', 'a', { actor: 'ann', reason: 'stop' }))
      const statuses = await Promise.all(['a', 'busy', 'below', 'waiting', 'firm', 'done'].map(async (id) => (await on.task(id)).status))
      expect(statuses).toEqual(['CANCELLING', 'CANCELLING', 'CANCELLED', 'CANCELLED', 'RUNNING', 'SUCCEEDED'])
      expect((await on.task('busy')).cancelRequest).toMatchObject({ requestedBy: 'ann', reason: 'stop' })
      const { length } = await on.events()
      await on.made(ask('cancel', 'a'))
      expect(await on.events()).toHaveLength(length)
    })

    test('a pause reaches nobody else', async () => {
      const pauseSupported = true
      await on.made(create('a', { pauseSupported }), start('a'), create('b', partOf('a', { pauseSupported })), start('b'))
      await on.made(ask('pause', 'a'))
      expect((await on.task('b')).status).toBe('RUNNING')
    })

    test('the progress of a parent is the mean of that of its parts, an ended one counting as 100', async () => {
      await on.made(create('a', { progressFromChildren: true }), start('a'))
      const seen: (number | undefined)[] = []
      for (const write of [
        create('b', partOf('a')),
        create('c', partOf('a')),
        progress('b', 50),
        start('b'),
        complete('b'),
        start('c'),
        progress('c', 31),
        fail('c'),
      ]) {
        await on.made(write)
        seen.push((await on.task('a')).progressPercent)
      }
      expect(seen).toEqual([0, 0, 25, 25, 50, 50, 65, 100])
      const updates = (await on.events('a')).filter(({ kind }) => kind === 'UPDATED')
      expect(updates.map(({ actor }) => actor)).toEqual(updates.map(() => 'taskplane'))
    })

    test('progress that follows from parts is written by nobody else', async () => {
      await on.made(create('a', { progressFromChildren: true, progressPercent: 90 }), start('a'))
      expect((await on.task('a')).progressPercent).toBeUndefined()
      await on.made(create('b', partOf('a')), progress('b', 50))
      expect((await on.made(progress('a', 10))).progressPercent).toBe(50)
    })

    test('progress does not go back when a part that has ended is deleted, and leaves out one that never began', async () => {
      await on.made(create('a', { progressFromChildren: true }), create('b', partOf('a')), create('c', partOf('a')))
      await on.made(start('b'), complete('b'), remove('b'))
      expect((await on.task('a')).progressPercent).toBe(50)
      await on.made(progress('c', 20))
      expect((await on.task('a')).progressPercent).toBe(60)
      await on.made(create('d', partOf('a')))
      expect((await on.task('a')).progressPercent).toBe(40)
      await on.made(remove('d'))
      expect((await on.task('a')).progressPercent).toBe(60)
    })

    test('progress goes up through the generations', async () => {
      const progressFromChildren = true
      await on.made(create('a', { progressFromChildren }), create('b', partOf('a', { progressFromChildren })), create('c', partOf('b')))
      await on.made(progress('c', 40))
      expect((await on.task('a')).progressPercent).toBe(40)
    })

    test('a parent that reports by itself is left alone, and so is one that has ended', async () => {
      await on.made(create('a'), create('b', partOf('a')), progress('b', 50))
      expect((await on.task('a')).progressPercent).toBeUndefined()
      await on.made(create('p', { progressFromChildren: true }), create('q', partOf('p')), start('p'), complete('p'))
      await on.made(progress('q', 50))
      expect((await on.task('p')).progressPercent).toBe(100)
    })

    test('a parent is deleted after its parts', async () => {
      await on.made(create('a'), create('b', partOf('a')), start('b'), complete('b'))
      expect(await on.refused(remove('a'))).toBe('FAILED_PRECONDITION HAS_PARTS')
      await on.made(remove('b'), remove('a'))
      expect(await on.kinds('a')).toEqual(['CREATED', 'DELETED'])
    })
  })
}
