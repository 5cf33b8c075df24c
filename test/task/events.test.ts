// What happened to a task, page by page.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TASK_LIMITS } from '../../src/limits.js'
import type { TaskId } from '../../src/task/identifiers.js'
import { TaskService } from '../../src/task/task-service.js'
import { openClockedSqlite } from '../support/clocked-store.js'
import { create, INSTANCE, OTHER_INSTANCE, progress, remove } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const UPDATES = 99

test.each([
  ['small', 0, 1000, 1],
  ['small, in full pages', 0, 10, (UPDATES + 1) / 10],
  ['so large that a page ends early', TASK_LIMITS.payloadBytes - 100, 1000, 3],
])('all events of a task are on one of its pages: tasks are %s', async (_name, bytes, size, pages) => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const tasks = new TaskService({ store, now: () => new Date(), report: (error) => expect.fail(String(error)) })
  await store.write(create('a', { metadata: { typeUrl: 'example.com/Large', value: Buffer.alloc(bytes) } }))
  await store.write(create('b'))
  for (let percent = 0; percent < UPDATES; percent += 1) await store.write(progress('a', percent))
  const key = { instance: INSTANCE, taskId: 'a' as TaskId }
  const revisions: bigint[] = []
  let token = ''
  let count = 0
  do {
    const page = await tasks.events(key, { size, token })
    revisions.push(...page.events.map(({ revision }) => revision))
    token = page.nextPageToken
    count += 1
  } while (token !== '')
  expect(revisions).toEqual([1n, ...Array.from({ length: UPDATES }, (_, index) => BigInt(index + 3))])
  expect(count).toBe(pages)
  await store.close()
})

test('are those of a task that is gone as well, but not of one that never was', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const tasks = new TaskService({ store, now: () => new Date(), report: (error) => expect.fail(String(error)) })
  await store.write(create('a'))
  await store.write(remove('a'))
  const kinds = async (taskId: string, instance = INSTANCE): Promise<string[]> => {
    const { events } = await tasks.events({ instance, taskId: taskId as TaskId }, { size: 10, token: '' })
    return events.map(({ kind }) => kind)
  }
  expect(await kinds('a')).toEqual(['CREATED', 'DELETED'])
  const missing = { reason: 'TASK_NOT_FOUND' }
  await expect(kinds('b')).rejects.toMatchObject(missing)
  await expect(kinds('a', OTHER_INSTANCE)).rejects.toMatchObject(missing)
  await store.close()
})
