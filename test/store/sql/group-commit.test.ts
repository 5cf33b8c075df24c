// The queue before the writer: how much goes at once, and how much waits.
import { expect, test } from 'vitest'
import { STORE_LIMITS } from '../../../src/limits.js'
import { GroupCommit } from '../../../src/store/sql/group-commit.js'
import type { TaskChange } from '../../../src/task/task-change.js'
import type { WriteResult } from '../../../src/store/sql/task-writer.js'
import { create } from '../../support/task-changes.js'

/** A writer that answers when the test says so, and the sizes of the batches that it has. */
function heldWriter(): { commits: GroupCommit; sizes: number[]; answer: () => void } {
  const held: (() => void)[] = []
  const sizes: number[] = []
  const commit = (writes: readonly TaskChange[]): Promise<WriteResult[]> => {
    sizes.push(writes.length)
    const results = writes.map(() => ({ encoded: new Uint8Array(), revision: 1n, leaseToken: '' }))
    return new Promise((resolve) => held.push(() => resolve(results)))
  }
  const { batchesInFlight } = STORE_LIMITS
  const commits = new GroupCommit(commit, { laneOf: () => 'all', perLane: batchesInFlight, inAll: batchesInFlight })
  return { commits, sizes, answer: () => held.splice(0).forEach((settle) => settle()) }
}

const turn = (): Promise<void> => new Promise(setImmediate)

test('batches are bounded, and so is how many are on their way', async () => {
  const { groupCommit, batchesInFlight } = STORE_LIMITS
  const { commits, sizes, answer } = heldWriter()
  const count = groupCommit * batchesInFlight + groupCommit + 1
  const writes = Array.from({ length: count }, (_, index) => commits.write(create(`t${index}`)))
  await turn()
  expect(sizes).toEqual([groupCommit, groupCommit])
  answer()
  await turn()
  expect(sizes).toEqual([groupCommit, groupCommit, groupCommit, 1])
  answer()
  expect(await Promise.all(writes)).toHaveLength(count)
})

test('what exceeds the queue is refused at once, and there is room again when writes are done', async () => {
  const { commits, answer } = heldWriter()
  const writes = Array.from({ length: STORE_LIMITS.writeQueue }, (_, index) => commits.write(create(`t${index}`)))
  await expect(commits.write(create('beyond'))).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'WRITE_QUEUE_FULL', details: { retryDelayMs: 1000 } })
  const done = Promise.all(writes)
  for (let isDone = false; !isDone; ) {
    answer()
    isDone = await Promise.race([done.then(() => true), turn().then(() => false)])
  }
  const again = commits.write(create('again'))
  await turn()
  answer()
  await again
})
