// A filter means the same in memory, for those who watch, and in SQL, for those who list.
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Task, type Task_Outcome } from '../../gen/openshift/v1/task.js'
import type { Comparison, Filter } from '../../src/task/filter.js'
import { matches } from '../../src/task/filter-match.js'
import type { Status } from '../../src/task/lifecycle.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { acknowledge, ask, complete, create, fail, INSTANCE, OTHER_INSTANCE, query, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const WORDS = ['', 'a', 'ab', 'abc', 'b', 'B', 'a.b', 'a%', 'a_', '%', "'", '"', 'é', 'ａ', '😀', '😀x', 'constructor']
const KEYS = ['env', 'constructor', 'toString', 'a.b/c', 'hasOwnProperty']
const STATUSES: readonly Status[] = ['PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED']
const OUTCOMES: readonly Task_Outcome[] = ['OUTCOME_UNSPECIFIED', 'CLEAN', 'WARNING', 'PARTIAL']
const START = Date.parse('2026-03-01T12:00:00Z')

const equality = fc.constantFrom('=', '!=')
const word = fc.constantFrom(...WORDS)
const field = fc.constantFrom('command', 'service', 'created_by', 'modified_by', 'resource.id', 'resource.type', 'parent_task_id')
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({ kind: fc.constant('status'), comparator: equality, value: fc.constantFrom(...STATUSES) }),
  fc.record({ kind: fc.constant('outcome'), comparator: equality, value: fc.constantFrom(...OUTCOMES) }),
  fc.record({ kind: fc.constant('text'), field, comparator: equality, value: word }),
  fc.record({ kind: fc.constant('prefix'), field, comparator: equality, value: word }),
  fc.record({
    kind: fc.constant('time'),
    field: fc.constantFrom('created_at', 'modified_at', 'started_at', 'ended_at'),
    comparator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    value: fc.integer({ min: -1, max: 200 }).map((ms) => new Date(START + ms)),
  }),
  fc.record({ kind: fc.constant('label'), key: fc.constantFrom(...KEYS), comparator: equality, value: word }),
  fc.record({ kind: fc.constant('hasLabel'), key: fc.constantFrom(...KEYS) }),
)
const { filter } = fc.letrec<{ filter: Filter; parts: Filter[] }>((tie) => ({
  parts: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc.record({ kind: fc.constant('and'), of: tie('parts') }),
    fc.record({ kind: fc.constant('or'), of: tie('parts') }),
    fc.record({ kind: fc.constant('not'), of: tie('filter') }),
  ),
}))

const END = [[], [start], [start, complete], [start, fail], [fail]] as const

/** Tasks of all kinds, drawn from `draw`. */
async function fill(store: ClockedStore, draw: <T>(of: readonly T[]) => T): Promise<void> {
  for (let index = 0; index < 80; index += 1) {
    const id = `t${index}`
    const instance = index % 8 === 7 ? OTHER_INSTANCE : INSTANCE
    const labels = Object.fromEntries(KEYS.filter(() => draw([true, false, false])).map((key) => [key, draw(WORDS)]))
    const resource = draw([undefined, { id: draw(WORDS), type: draw(WORDS), uri: '', name: '', collectionUris: [] }])
    const parentTaskId = index > 8 && instance === INSTANCE ? draw(['', 't0']) : ''
    const task = { command: draw(WORDS), service: draw(WORDS), createdBy: draw(WORDS), resource, labels, parentTaskId }
    await store.write(create(id, { ...task, cancelSupported: true, pauseSupported: true }, { instance, actor: draw(WORDS) }))
    if (index === 0) continue
    for (const make of draw(END)) {
      await store.advance(1)
      await store.write({ ...make(id), instance, actor: draw(WORDS) })
    }
  }
  for (const id of ['t1', 't2', 't3', 't4']) await store.write(create(`${id}x`, { cancelSupported: true, pauseSupported: true }))
  for (const id of ['t1x', 't2x', 't3x']) await store.write(start(id))
  await store.write(ask('pause', 't1x'))
  await store.write(ask('pause', 't2x'))
  await store.write(acknowledge('acknowledgePause', 't2x'))
  for (const id of ['t3x', 't4x']) await store.write(ask('cancel', id))
}

test('the same tasks match in memory and in the store', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const choices = fc.sample(fc.nat(), { numRuns: 3000, seed: 1 })
  await fill(store, (of) => of[(choices.pop() ?? 0) % of.length]!)
  const listed = async (more: Partial<Parameters<typeof query>[0]>): Promise<Task[]> => {
    const { tasks } = await store.list(INSTANCE, query({ limit: 1000, ...more }), new AbortController().signal)
    return tasks.map((encoded) => Task.decode(encoded))
  }
  const all = await listed({})
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(STATUSES))
  await fc.assert(
    fc.asyncProperty(filter, fc.constantFrom('created_at', 'modified_at'), fc.boolean(), async (made, by, descending) => {
      const inStore = await listed({ filter: made, order: { field: by, descending } })
      const inMemory = all.filter((task) => matches(made, task))
      expect(inStore.map(({ id }) => id).toSorted()).toEqual(inMemory.map(({ id }) => id).toSorted())
    }),
    { numRuns: 3000 },
  )
  await store.close()
})
