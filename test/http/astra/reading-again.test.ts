// Reading again what may not have changed: when to come back, tags of lists, and that one long list holds up nobody.
import { describe, expect, test } from 'vitest'
import { ANONYMOUS } from '../../../src/auth/anonymous.js'
import { readListQuery } from '../../../src/http/astra/list-query.js'
import { readList } from '../../../src/http/astra/read-tasks.js'
import { LIST_LIMITS } from '../../../src/limits.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import { StepQueue } from '../../../src/task/step-queue.js'
import { TaskService } from '../../../src/task/task-service.js'
import { complete, start } from '../../support/task-changes.js'
import { ACCOUNT, faceUnderTest, IDS, TASKS, type ListJson } from './face-under-test.js'

const face = faceUnderTest()
const at = { instance: ACCOUNT as InstanceId }

/** The status of a list that is asked for by who has what `etag` names. */
async function again(etag: string, query = ''): Promise<number> {
  return (await face.get(TASKS + query, { headers: { 'if-none-match': etag } })).status
}

async function tagOf(query = ''): Promise<string> {
  const { headers } = await face.get(TASKS + query)
  expect(headers.etag).toMatch(/^W\/"[0-9a-f]{32}"$/)
  return headers.etag!
}

test('a task says when to ask again until it has ended', async () => {
  await face.record(IDS[0]!)
  const delay = async (): Promise<string | undefined> => (await face.get(`${TASKS}/${IDS[0]!}`)).headers['retry-after']
  expect(await delay()).toMatch(/^[1-9]\d*$/)
  await face.store.write(start(IDS[0]!, at))
  expect(await delay()).toMatch(/^[1-9]\d*$/)
  await face.store.write({ ...complete(IDS[0]!), ...at })
  expect(await delay()).toBeUndefined()
})

describe('a list that shows the same is not sent again', () => {
  test.each(['', '?limit=1', '?include=id,state', "?filter=state%20eq%20'notStarted'"])('%s', async (query) => {
    await face.record(IDS[0]!)
    await face.record(IDS[1]!)
    const tag = await tagOf(query)
    await face.store.advance(60_000)
    expect(await again(tag, query)).toBe(304)
    expect(await face.get(TASKS + query, { headers: { 'if-none-match': tag } })).toMatchObject({ text: '', headers: { etag: tag } })
    // Every list here shows the last task, and its state.
    await face.store.write(start(IDS[1]!, at))
    expect(await again(tag, query)).toBe(200)
  })

  test('another task changes it, also where only the count shows that', async () => {
    await face.record(IDS[0]!)
    const empty = await tagOf("?filter=state%20eq%20'running'")
    await face.record(IDS[1]!)
    const first = await face.get(`${TASKS}?limit=1`)
    const second = `?limit=1&continue=${(first.json as { metadata: { continue: string } }).metadata.continue}`
    const tag = await tagOf(second)
    await face.record(IDS[2]!)
    expect(await again(tag, second)).toBe(200)
    expect(await again(empty, "?filter=state%20eq%20'running'")).toBe(304)
  })

  test('a copy is given up before the token in it is too old', async () => {
    await face.record(IDS[0]!)
    await face.record(IDS[1]!)
    const [paged, whole] = [await tagOf('?limit=1'), await tagOf()]
    await face.store.advance(LIST_LIMITS.pageTokenAgeMs / 2)
    expect([await again(paged, '?limit=1'), await again(whole)]).toEqual([200, 304])
  })
})

test('each task of a list is a step of its own, so that others have their turn between them', async () => {
  for (const id of IDS) await face.record(id)
  let taken = 0
  const steps = new (class extends StepQueue {
    override run<T>(step: () => T, signal: AbortSignal): Promise<T> {
      taken += 1
      return super.run(step, signal)
    }
  })()
  const now = new Date(face.store.now)
  const tasks = new TaskService({ store: face.store, now: () => now, report: () => undefined })
  const { body } = await readList({ tasks, steps }, readListQuery(at.instance, [], now), { caller: ANONYMOUS, signal: new AbortController().signal })
  expect([taken, (JSON.parse(body) as ListJson).items.length]).toEqual([IDS.length, IDS.length])
})
