import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LIST_LIMITS } from '../../src/limits.js'
import { StepQueue } from '../../src/task/step-queue.js'

const NEVER = new AbortController().signal

/** A queue on a clock that only its steps move, and the names of the steps that ran. */
function queueOfSteps(): { ran: string[]; add: (name: string, ms: number, signal?: AbortSignal) => Promise<string> } {
  let now = 0
  const queue = new StepQueue(() => now)
  const ran: string[] = []
  const add = (name: string, ms: number, signal = NEVER): Promise<string> =>
    queue.run(() => {
      now += ms
      ran.push(name)
      return name
    }, signal)
  return { ran, add }
}

test('steps run in order, as many in one turn as its time allows', async () => {
  const { ran, add } = queueOfSteps()
  const half = LIST_LIMITS.stepTurnMs / 2
  const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => add(name, half)))
  expect(ran).toEqual([])
  const seen: string[] = []
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn()
    seen.push(ran.join(''))
  }
  expect(seen).toEqual(['ab', 'abcd', 'abcde'])
  expect(await all).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('a step longer than a turn has it for itself', async () => {
  const { ran, add } = queueOfSteps()
  void add('a', 100)
  void add('b', 100)
  await nextTurn()
  expect(ran).toEqual(['a'])
})

test('a step whose signal has aborted is not run, and one that throws leaves the others be', async () => {
  const { ran, add } = queueOfSteps()
  const ended = new AbortController()
  const reason = new Error('enough')
  const queue = new StepQueue()
  const outcomes = Promise.allSettled([
    add('a', 1, ended.signal),
    add('b', 1),
    queue.run(() => {
      throw reason
    }, NEVER),
    queue.run(() => 'c', NEVER),
  ])
  ended.abort(reason)
  expect(await outcomes).toEqual([
    { status: 'rejected', reason },
    { status: 'fulfilled', value: 'b' },
    { status: 'rejected', reason },
    { status: 'fulfilled', value: 'c' },
  ])
  expect(ran).toEqual(['b'])
})
