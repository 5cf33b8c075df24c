// The version of an instance: what was kept under it is never older than it says.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LEASE_LIMITS } from '../../../src/limits.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { complete, create, decode, INSTANCE, lease, OTHER_INSTANCE, progress, query, remove, renew, start, TOKEN } from '../../support/task-changes.js'

const NEVER = new AbortController().signal

/** Runs the suite on the stores that `open` makes, which know versions: each new and empty. */
export function exerciseVersions(name: string, open: () => TaskStore): void {
  describe(`${name} knows versions`, () => {
    let store: TaskStore

    beforeEach(() => {
      store = open()
    })

    afterEach(() => store.close())

    test('every change raises it, a renewed lease too; those of others do not', async () => {
      expect(await store.version(INSTANCE)).toBe(0n)
      const changes = [
        create('a', {}, { lease: lease(LEASE_LIMITS.ttlMaxMs) }),
        start('a'),
        renew('a'),
        renew('a'),
        progress('a', 5, TOKEN),
        complete('a', TOKEN),
        remove('a'),
      ]
      let last = 0n
      for (const change of changes) {
        await store.write(change)
        const version = (await store.version(INSTANCE)) ?? 0n
        expect(version).toBeGreaterThan(last)
        last = version
      }
      await store.write(create('b', {}, { instance: OTHER_INSTANCE }))
      await expect(store.write(start('missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await store.version(INSTANCE)).toBe(last)
    })

    test('the stamp is another one after every change, and the same while there is none', async () => {
      let last = store.stamp(INSTANCE)
      expect(last).toBeDefined()
      const changes = [create('a', {}, { lease: lease(LEASE_LIMITS.ttlMaxMs) }), start('a'), renew('a'), complete('a', TOKEN), remove('a')]
      for (const change of changes) {
        await store.write(change)
        const stamp = store.stamp(INSTANCE)
        expect(stamp).toBeDefined()
        expect(stamp).not.toBe(last)
        last = stamp
      }
      await store.write(create('b', {}, { instance: OTHER_INSTANCE }))
      await expect(store.write(start('missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(store.stamp(INSTANCE)).toBe(last)
    })

    test('what was read after a version shows every write that was acknowledged before it was asked for', async () => {
      const kept = new Map<bigint, { readonly task: string | undefined; readonly page: bigint }>()
      await store.write(create('a', {}, { lease: lease(LEASE_LIMITS.ttlMaxMs) }))
      await store.write(start('a'))
      let isWriting = true
      const read = async (): Promise<void> => {
        while (isWriting) {
          const version = (await store.version(INSTANCE)) ?? -1n
          const task = (await store.ready(INSTANCE, 'a' as TaskId, 'json'))?.content
          const { revision: page } = await store.readyPage(INSTANCE, query(), 'json', { signal: NEVER })
          if (!kept.has(version)) kept.set(version, { task, page })
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const reading = read()
      for (let index = 0; index < 200; index += 1) {
        const written = await store.write(index % 2 === 0 ? renew('a') : progress('a', index % 100, TOKEN))
        const known = kept.get((await store.version(INSTANCE)) ?? -1n)
        if (known === undefined) continue
        const { lease: held, revision } = decode(written)
        const shown = JSON.parse(known.task ?? '') as { readonly revision: string; readonly lease: { readonly expiresAt: string } }
        expect([shown.revision, new Date(shown.lease.expiresAt)]).toEqual([String(revision), held?.expiresAt])
        expect(known.page).toBe(revision)
      }
      isWriting = false
      await reading
      expect(kept.size).toBeGreaterThan(1)
    })
  })
}
