// The validators find what they are there for.
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskEvent } from '../../gen/openshift/v1/task_event.js'
import { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { StoredEvent } from '../../src/task/task-store.js'
import { violations, WatchHistory } from './history.js'

const truth: StoredEvent[] = [1n, 2n, 3n, 4n].map((revision) => {
  const task = Task.create({ id: `t${revision % 2n}`, revision })
  const event = TaskEvent.create({ revision, taskId: task.id, kind: 'UPDATED', to: 'RUNNING' })
  return { revision, taskId: task.id, event, encoded: Task.encode(task).finish(), previousRevision: undefined }
})
const table = new Map(truth.slice(2).map(({ taskId, encoded }) => [taskId, Task.decode(encoded)]))

function shown(revision: bigint, matches = true): WatchTasksResponse {
  const { event, encoded } = truth[Number(revision) - 1]!
  return WatchTasksResponse.create({ revision, event, task: Task.decode(encoded), matches })
}

const bookmark = (revision: bigint): WatchTasksResponse => WatchTasksResponse.create({ revision })
const inSnapshot = (revision: bigint): WatchTasksResponse => ({ ...shown(revision), revision: 0n, event: undefined })

test.each<[string, bigint | undefined, WatchTasksResponse[][], string[]]>([
  ['nothing in a whole history', 0n, [[shown(1n), shown(2n), shown(3n), shown(4n)]], []],
  ['nothing in one that was cut', 0n, [[shown(1n), shown(2n)], [], [shown(3n), bookmark(3n), shown(4n), bookmark(4n)]], []],
  ['nothing in a snapshot and its tail', undefined, [[inSnapshot(1n), inSnapshot(2n), bookmark(2n), shown(3n), shown(4n)]], []],
  ['a gap', 0n, [[shown(1n), shown(2n), shown(4n)]], ['Reliable', 'Complete']],
  ['an event twice', 0n, [[shown(1n), shown(2n)], [shown(2n), shown(3n), shown(4n)]], ['Unique', 'Resumable']],
  ['a wrong order', 0n, [[shown(2n), shown(1n), shown(3n), shown(4n)]], ['Ordered']],
  ['a bookmark before its time', 0n, [[shown(1n), bookmark(3n), shown(2n), shown(3n), shown(4n)]], ['Bookmarkable', 'Bookmarkable']],
  ['a bookmark that goes back', 0n, [[shown(1n), shown(2n), bookmark(1n), shown(3n), shown(4n)]], ['Bookmarkable']],
  ['a snapshot that lacks a task', undefined, [[inSnapshot(1n), bookmark(3n), shown(4n)]], ['Complete']],
  ['an event of others', 3n, [[shown(3n), shown(4n)]], ['Reliable', 'Resumable']],
])('they find %s', (_name, first, streams, expected) => {
  const history = new WatchHistory(first)
  for (const answers of streams) {
    history.begin()
    for (const answer of answers) history.see(answer)
  }
  const found = violations(history, { truth, concerns: () => true, table })
  expect(found.map(({ promise }) => promise)).toEqual(expected)
})
