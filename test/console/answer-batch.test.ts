// How often a page is drawn for what a watch answers: soon when little happens, seldom when much does, and all of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AnswerBatch } from '../../src/console/api/answer-batch.js'
import type { WatchAnswer } from '../../src/console/api/task.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A batch, what it has handed on, and `perSecond` answers in each of `seconds`, evenly. */
function watched(): { readonly handed: number[]; readonly last: () => string | undefined; readonly play: (perSecond: number, seconds: number) => void } {
  const handed: number[] = []
  let last: string | undefined
  let revision = 0
  const onAnswers = (answers: readonly WatchAnswer[]): void => {
    handed.push(answers.length)
    last = answers.at(-1)?.revision
  }
  const batch = new AnswerBatch('0', { onAnswers, onConnection: () => undefined })
  const play = (perSecond: number, seconds: number): void => {
    for (let number = 0; number < perSecond * seconds; number += 1) {
      revision += 1
      batch.add({ revision: String(revision) })
      vi.advanceTimersByTime(1000 / perSecond)
    }
  }
  return { handed, last: () => last, play }
}

test('what comes now and then is handed on within a tenth of a second', () => {
  const { handed, play } = watched()
  play(5, 2)
  expect(handed).toEqual(Array.from({ length: 10 }, () => 1))
})

test('of a busy instance everything is handed on, twice a second, until it is quiet again', () => {
  const { handed, last, play } = watched()
  play(1000, 10)
  expect(handed.length).toBeLessThanOrEqual(10 * 2 + 1)
  vi.advanceTimersByTime(500)
  expect([handed.reduce((sum, count) => sum + count, 0), last()]).toEqual([10_000, '10000'])
  play(2, 2)
  const before = handed.length
  play(5, 2)
  expect(handed.length - before).toBe(10)
})
