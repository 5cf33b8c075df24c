// Requests to cancel, pause and resume: requested, then acknowledged, abandoned or superseded, each timed and attributed.
import { describe, expect, test } from 'vitest'
import { CONTROL_LIMITS, LEASE_LIMITS } from '../../../src/limits.js'
import { acknowledge, ask, complete, create, fail, lease, start } from '../../support/task-changes.js'
import { StoreUnderTest, type OpenClocked } from './store-under-test.js'

const { answerMs } = CONTROL_LIMITS

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseControl(name: string, open: OpenClocked): void {
  describe(`${name} passes on what callers ask for`, () => {
    const on = new StoreUnderTest(open)

    async function running(): Promise<void> {
      await on.made(create('a', { cancelSupported: true, pauseSupported: true }), start('a'))
    }

    test.each(['cancel', 'pause', 'resume'] as const)('%s is refused when the producer does not support it', async (kind) => {
      await on.made(create('a'), start('a'))
      expect(await on.refused(ask(kind, 'a'))).toBe('FAILED_PRECONDITION NOT_SUPPORTED')
    })

    test('a task says where it can be sent', async () => {
      await running()
      expect((await on.task('a')).allowedTransitions).toEqual(['CANCELLING', 'PAUSING'])
      expect((await on.made(ask('pause', 'a'))).allowedTransitions).toEqual(['CANCELLING', 'RUNNING'])
      expect((await on.made(ask('cancel', 'a'))).allowedTransitions).toEqual([])
    })

    test('a cancel is requested, then acknowledged', async () => {
      await running()
      const at = new Date(on.store.now)
      const asked = await on.made(ask('cancel', 'a', { actor: 'ann', reason: 'too late' }))
      const request = { requestedBy: 'ann', requestedAt: at, reason: 'too late', answerBy: new Date(on.store.now + answerMs) }
      expect(asked).toMatchObject({ status: 'CANCELLING', cancelRequest: { state: 'REQUESTED', ...request, settledAt: undefined } })
      await on.store.advance(1000)
      const done = await on.made(acknowledge('acknowledgeCancel', 'a'))
      const settledAt = new Date(on.store.now)
      expect(done).toMatchObject({ status: 'CANCELLED', endReason: 'USER_CANCEL', cancelledAt: settledAt, endedAt: settledAt })
      expect(done.cancelRequest).toEqual({ state: 'ACKNOWLEDGED', ...request, settledAt })
      expect(done.error).toMatchObject({ code: 1, message: 'Cancelled by ann: too late' })
      const events = await on.events('a')
      expect(events.map(({ kind }) => kind)).toEqual(['CREATED', 'STARTED', 'CANCEL_REQUESTED', 'CANCELLED'])
      expect(events[2]).toMatchObject({ actor: 'ann', reason: 'too late', from: 'RUNNING', to: 'CANCELLING' })
    })

    test('a task that nobody has begun is cancelled at once', async () => {
      await on.made(create('a', { cancelSupported: true }))
      const done = await on.made(ask('cancel', 'a'))
      expect(done).toMatchObject({ status: 'CANCELLED', cancelRequest: { state: 'ACKNOWLEDGED' }, startedAt: undefined })
      expect(await on.kinds('a')).toEqual(['CREATED', 'CANCELLED'])
    })

    test('a task that waits for its next owner is cancelled at once', async () => {
      await on.made(create('a', { cancelSupported: true }, { lease: lease(LEASE_LIMITS.ttlMinMs, 2) }), start('a'))
      await on.store.advance(LEASE_LIMITS.ttlMinMs)
      const done = await on.made(ask('cancel', 'a'))
      expect(done).toMatchObject({ status: 'CANCELLED', cancelRequest: { state: 'ACKNOWLEDGED' }, lease: undefined })
      expect(await on.kinds('a')).toEqual(['CREATED', 'STARTED', 'LEASE_EXPIRED', 'CANCELLED'])
    })

    test('a pause is requested, acknowledged, and ended by a resume', async () => {
      await running()
      expect((await on.made(ask('pause', 'a'))).pauseRequest).toMatchObject({ state: 'REQUESTED', requestedBy: 'tester' })
      expect(await on.made(acknowledge('acknowledgePause', 'a'))).toMatchObject({ status: 'PAUSED', pauseRequest: { state: 'ACKNOWLEDGED' } })
      expect(await on.made(ask('resume', 'a'))).toMatchObject({ status: 'RUNNING', pauseRequest: { state: 'ACKNOWLEDGED' } })
      expect(await on.kinds('a')).toEqual(['CREATED', 'STARTED', 'PAUSE_REQUESTED', 'PAUSED', 'RESUMED'])
    })

    test('a resume takes back a pause that was not answered', async () => {
      await running()
      await on.made(ask('pause', 'a'))
      expect(await on.made(ask('resume', 'a'))).toMatchObject({ status: 'RUNNING', pauseRequest: { state: 'SUPERSEDED' } })
      await on.store.advance(10 * answerMs)
      expect((await on.task('a')).pauseRequest?.state).toBe('SUPERSEDED')
    })

    test('a cancel overtakes a pause', async () => {
      await running()
      await on.made(ask('pause', 'a'))
      const asked = await on.made(ask('cancel', 'a'))
      expect(asked).toMatchObject({ status: 'CANCELLING', pauseRequest: { state: 'SUPERSEDED' }, cancelRequest: { state: 'REQUESTED' } })
    })

    test('a pause that nobody answers is abandoned: the task runs again', async () => {
      await running()
      await on.made(ask('pause', 'a'))
      await on.store.advance(answerMs - 1)
      expect((await on.task('a')).status).toBe('PAUSING')
      await on.store.advance(1)
      const settledAt = new Date(on.store.now)
      expect(await on.task('a')).toMatchObject({ status: 'RUNNING', pauseRequest: { state: 'ABANDONED', settledAt } })
      expect((await on.events('a')).at(-1)).toMatchObject({ kind: 'PAUSE_ABANDONED', actor: 'taskplane' })
    })

    test('a cancel that nobody answers is abandoned: the task fails', async () => {
      await running()
      await on.made(ask('cancel', 'a'))
      await on.store.advance(answerMs - 1)
      expect((await on.task('a')).status).toBe('CANCELLING')
      await on.store.advance(1)
      expect(await on.task('a')).toMatchObject({ status: 'FAILED', endReason: 'ABANDONED', cancelRequest: { state: 'ABANDONED' } })
      expect(await on.refused(acknowledge('acknowledgeCancel', 'a'))).toBe('FAILED_PRECONDITION STATUS_NOT_ALLOWED')
    })

    test.each([
      ['cancel', ['cancel']],
      ['pause', ['pause']],
      ['resume', ['pause', 'resume']],
    ] as const)('to %s again changes nothing', async (kind, asks) => {
      await running()
      for (const each of asks) await on.made(ask(each, 'a', { actor: 'ann' }))
      const before = await on.task('a')
      await on.store.advance(1000)
      expect(await on.made(ask(kind, 'a', { actor: 'bob', reason: 'again' }))).toEqual(before)
      expect(await on.task('a')).toEqual(before)
    })

    test('to cancel what is cancelled changes nothing', async () => {
      await running()
      const done = await on.made(ask('cancel', 'a'), acknowledge('acknowledgeCancel', 'a'))
      expect(await on.made(ask('cancel', 'a'))).toEqual(done)
    })

    test.each([
      ['complete', complete('a'), 'SUCCEEDED'],
      ['fail', fail('a'), 'FAILED'],
    ] as const)('%s wins against a cancel, and the task says so', async (_name, end, status) => {
      await running()
      await on.made(ask('cancel', 'a'))
      expect(await on.made(end)).toMatchObject({ status, cancelRequest: { state: 'SUPERSEDED' }, cancelledAt: undefined })
      expect(await on.refused(ask('cancel', 'a'))).toBe('FAILED_PRECONDITION STATUS_NOT_ALLOWED')
    })

    test('a pause ends with its task', async () => {
      await running()
      await on.made(ask('pause', 'a'))
      expect(await on.made(complete('a'))).toMatchObject({ status: 'SUCCEEDED', pauseRequest: { state: 'SUPERSEDED' } })
    })

    test('an etag is a condition of a request', async () => {
      await running()
      expect(await on.refused(ask('cancel', 'a', { etag: '"1"' }))).toBe('ABORTED ETAG_MISMATCH')
      await on.made(ask('cancel', 'a', { etag: '"2"' }))
    })

    test('a deadline fails the task by itself, once, whatever it was doing', async () => {
      const deadline = new Date(on.store.now + 60_000)
      await on.made(create('pending', { deadline }), create('busy', { deadline, pauseSupported: true }), start('busy'), ask('pause', 'busy'))
      await on.store.advance(59_999)
      expect((await on.task('busy')).status).toBe('PAUSING')
      await on.store.advance(1)
      for (const id of ['pending', 'busy']) {
        expect(await on.task(id)).toMatchObject({ status: 'FAILED', endReason: 'DEADLINE', error: { code: 4 } })
      }
      expect((await on.task('busy')).pauseRequest?.state).toBe('SUPERSEDED')
      const { length } = await on.kinds()
      await on.store.advance(60_000)
      expect(await on.kinds()).toHaveLength(length)
    })
  })
}
