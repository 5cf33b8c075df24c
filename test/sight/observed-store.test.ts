// A store that is seen answers as it does unseen: at once what is at hand, and later what is not.
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { ObservedStore } from '../../src/sight/observed-store.js'
import { StoreMetrics } from '../../src/sight/store-metrics.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { TaskId } from '../../src/task/identifiers.js'
import { create, INSTANCE, query } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const fail = (error: Error): never => {
  throw error
}

test('operations are counted once each, whether they answer, fail, or are waited for', async () => {
  const registry = new Registry()
  const path = join(temporaryDirectory(), 'tasks.db')
  const seen = new ObservedStore(openSqliteStore({ path, makeDirectory: false, onFailure: fail, onDeath: fail }), new StoreMetrics(registry))
  await seen.write(create('a'))
  expect(seen.get(INSTANCE, 'a' as TaskId)).toMatchObject({ revision: 1n })
  expect(seen.ready(INSTANCE, 'a' as TaskId, 'json')).toMatchObject({ revision: 1n })
  expect(seen.readyPage(INSTANCE, query(), 'message', new AbortController())).toMatchObject({ count: 1 })
  expect(seen.version(INSTANCE)).toBe(1n)
  await seen.close()
  expect(() => seen.ready(INSTANCE, 'a' as TaskId, 'json')).toThrow('The server is stopping')
  await expect(seen.counts(INSTANCE)).rejects.toThrow('The server is stopping')
  const text = await registry.metrics()
  const counts = [...text.matchAll(/duration_seconds_count\{operation="(\w+)"\} (\d+)/g)].map(([, name, count]) => [name, Number(count)])
  expect(Object.fromEntries(counts)).toEqual({ write: 1, get: 1, ready: 2, readyPage: 1, version: 1, counts: 1 })
  // A store that is closed has not failed.
  expect(text).not.toMatch(/operation_failures_total\{/)
})
