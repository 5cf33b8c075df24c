// Leases: who does the work, how long its silence is borne, and how a late owner is told from the next.
import { describe, expect, test } from 'vitest'
import { LEASE_LIMITS } from '../../../src/limits.js'
import {
  acknowledge,
  ask,
  change,
  complete,
  create,
  fail,
  lease,
  OTHER_TOKEN,
  progress,
  renew,
  start,
  TOKEN,
} from '../../support/task-changes.js'
import { StoreUnderTest, type OpenClocked } from './store-under-test.js'

const TTL = LEASE_LIMITS.ttlMinMs
const TERMINAL = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED'])

/** Runs the suite on the stores that `open` makes: each new and empty. */
export function exerciseLeases(name: string, open: OpenClocked): void {
  describe(`${name} guards work by leases`, () => {
    const on = new StoreUnderTest(open)

    async function leased(attempts = 1): Promise<void> {
      await on.made(create('a', { cancelSupported: true, pauseSupported: true }, { lease: lease(TTL, attempts) }), start('a'))
    }

    test('a start grants the lease, and only its answer tells the token', async () => {
      await on.made(create('a', {}, { lease: lease(TTL, 3) }))
      expect((await on.task('a')).lease).toMatchObject({ owner: '', attempt: 0, expiresAt: undefined })
      const started = await on.store.write(start('a'))
      expect(started.leaseToken).toBe(TOKEN)
      const { lease: held } = await on.task('a')
      expect(held).toMatchObject({ owner: 'worker', attempt: 1, maxAttempts: 3, expiresAt: new Date(on.store.now + TTL) })
      expect(Buffer.from((await on.store.write(progress('a', 1, TOKEN))).encoded).includes(TOKEN)).toBe(false)
    })

    test('a renewal moves the end of the lease, and makes no revision and no event', async () => {
      await leased()
      await on.store.advance(TTL - 1)
      const renewed = await on.made(renew('a'))
      expect(renewed).toMatchObject({ revision: 2n, etag: '"2"', status: 'RUNNING' })
      expect(renewed.lease?.expiresAt).toEqual(new Date(on.store.now + TTL))
      expect(await on.task('a')).toEqual(renewed)
      expect(await on.kinds()).toEqual(['CREATED', 'STARTED'])
      await on.store.advance(TTL - 1)
      expect((await on.task('a')).status).toBe('RUNNING')
    })

    test.each([
      ['renew', (token: string) => renew('a', token)],
      ['update', (token: string) => progress('a', 5, token)],
      ['complete', (token: string) => complete('a', token)],
      ['fail', (token: string) => fail('a', token)],
      ['acknowledge a pause', (token: string) => acknowledge('acknowledgePause', 'a', token)],
      ['acknowledge a cancel', (token: string) => acknowledge('acknowledgeCancel', 'a', token)],
    ] as const)('%s needs the token of the lease', async (_name, write) => {
      await leased()
      for (const token of ['', OTHER_TOKEN, `${TOKEN}x`]) expect(await on.refused(write(token))).toBe('ABORTED LEASE_LOST')
      expect(await on.kinds()).toEqual(['CREATED', 'STARTED'])
    })

    test('a caller needs no token to ask', async () => {
      await leased()
      expect((await on.made(ask('pause', 'a'))).status).toBe('PAUSING')
      expect((await on.made(ask('cancel', 'a'))).status).toBe('CANCELLING')
    })

    test('a start that is repeated with its token answers the same lease', async () => {
      await leased(3)
      await on.store.advance(1000)
      const again = await on.store.write(start('a'))
      expect(again).toMatchObject({ revision: 2n, leaseToken: TOKEN })
      expect((await on.task('a')).lease?.attempt).toBe(1)
      expect(await on.kinds()).toEqual(['CREATED', 'STARTED'])
    })

    test('another owner is refused while the lease is held, and told who holds it', async () => {
      await leased(3)
      await on.store.advance(TTL - 1)
      await expect(on.store.write(start('a', {}, OTHER_TOKEN))).rejects.toMatchObject({
        code: 'FAILED_PRECONDITION',
        reason: 'LEASE_HELD',
        details: { metadata: { owner: 'worker' } },
      })
    })

    test.each([0, 1, 5000, 9999])('without renewals the task fails, never early: looked at %i ms late', async (late) => {
      await leased()
      await on.store.advance(TTL - 1)
      expect((await on.task('a')).status).toBe('RUNNING')
      await on.store.advance(1 + late)
      const lost = await on.task('a')
      expect(lost).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST', lease: undefined, error: { code: 10 } })
      expect(lost.endedAt).toEqual(new Date(on.store.now))
      expect((await on.events('a')).at(-1)).toMatchObject({ kind: 'FAILED', actor: 'taskplane', from: 'RUNNING', to: 'FAILED' })
      for (let look = 0; look < 3; look += 1) await on.store.advance(TTL)
      expect((await on.kinds('a')).filter((kind) => TERMINAL.has(kind))).toEqual(['FAILED'])
    })

    test('late writes of an owner that was lost are refused', async () => {
      await leased()
      await on.store.advance(TTL)
      for (const late of [renew('a'), progress('a', 5, TOKEN), complete('a', TOKEN), fail('a', TOKEN)]) {
        expect(await on.refused(late)).toBe('ABORTED LEASE_LOST')
      }
      expect(await on.refused(start('a'))).toBe('FAILED_PRECONDITION STATUS_NOT_ALLOWED')
    })

    test('with attempts left the task waits one ttl for its next owner, whose token fences the last', async () => {
      await leased(2)
      await on.store.advance(TTL)
      expect(await on.task('a')).toMatchObject({ status: 'RUNNING', lease: { owner: '', attempt: 1 } })
      expect(await on.refused(renew('a'))).toBe('ABORTED LEASE_LOST')
      const taken = await on.store.write(start('a', {}, OTHER_TOKEN))
      expect(taken.leaseToken).toBe(OTHER_TOKEN)
      expect(await on.task('a')).toMatchObject({ status: 'RUNNING', lease: { owner: 'worker', attempt: 2 } })
      expect(await on.refused(complete('a', TOKEN))).toBe('ABORTED LEASE_LOST')
      expect((await on.made(complete('a', OTHER_TOKEN))).status).toBe('SUCCEEDED')
      expect(await on.kinds('a')).toEqual(['CREATED', 'STARTED', 'LEASE_EXPIRED', 'STARTED', 'SUCCEEDED'])
    })

    test('nobody takes it over: it fails after that ttl', async () => {
      await leased(2)
      await on.store.advance(TTL)
      await on.store.advance(TTL - 1)
      expect((await on.task('a')).status).toBe('RUNNING')
      await on.store.advance(1)
      expect(await on.task('a')).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST' })
      expect(await on.kinds('a')).toEqual(['CREATED', 'STARTED', 'LEASE_EXPIRED', 'FAILED'])
    })

    test('the budget of attempts ends recovery', async () => {
      await leased(3)
      for (const token of [OTHER_TOKEN, 'token-of-a-test-3']) {
        await on.store.advance(TTL)
        await on.made(start('a', {}, token))
      }
      expect((await on.task('a')).lease?.attempt).toBe(3)
      await on.store.advance(TTL)
      expect(await on.task('a')).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST' })
    })

    test('a take-over keeps the status: what was asked for is still asked for', async () => {
      await leased(2)
      await on.made(ask('cancel', 'a'))
      await on.store.advance(TTL)
      expect((await on.made(start('a', {}, OTHER_TOKEN))).status).toBe('CANCELLING')
      expect((await on.made(acknowledge('acknowledgeCancel', 'a', OTHER_TOKEN))).status).toBe('CANCELLED')
    })

    test('a task without a policy is nobody\'s: no token, nothing to renew, no end by silence', async () => {
      const started = await on.store.write(create('a')).then(() => on.store.write(start('a')))
      expect(started.leaseToken).toBe('')
      expect(await on.refused(renew('a', ''))).toBe('FAILED_PRECONDITION NOT_SUPPORTED')
      await on.store.advance(1000 * LEASE_LIMITS.ttlMaxMs)
      expect((await on.made(complete('a'))).status).toBe('SUCCEEDED')
    })

    test('a task that nobody has begun does not lapse', async () => {
      await on.made(create('a', {}, { lease: lease(TTL) }))
      await on.store.advance(100 * TTL)
      expect((await on.task('a')).status).toBe('PENDING')
      expect(await on.refused(renew('a'))).toBe('ABORTED LEASE_LOST')
    })

    test('many leases lapse at once, each once', async () => {
      const ids = Array.from({ length: 2 * LEASE_LIMITS.sweepTasks + 1 }, (_, index) => `t${index}`)
      for (const id of ids) await on.made(create(id, {}, { lease: lease(TTL) }), start(id))
      await on.store.advance(TTL)
      const last = await on.store.events(change('', { kind: 'due' }).instance, { taskId: undefined, after: BigInt(2 * ids.length), limit: 5000 })
      expect(last.map(({ event }) => event.kind)).toEqual(ids.map(() => 'FAILED'))
      expect(new Set(last.map(({ taskId }) => taskId)).size).toBe(ids.length)
    })

    test('while the store was down nobody could renew: every owner gets a whole ttl', async () => {
      await leased()
      await on.store.advance(TTL - 1)
      await on.store.restart()
      await on.store.advance(TTL - 1)
      expect((await on.task('a')).status).toBe('RUNNING')
      await on.store.advance(1)
      expect((await on.task('a')).endReason).toBe('OWNER_LOST')
    })
  })
}
