import { expect, test } from 'vitest'
import { untilReported, type ReportOptions } from '../../src/cli/until-reported.js'
import { CallError } from '../../src/client/call-error.js'

const away = new CallError('UNAVAILABLE', 'away')
const full = new CallError('RESOURCE_EXHAUSTED', 'm', { reason: 'WRITE_QUEUE_FULL', retryDelayMs: 1 })
const noRoom = new CallError('RESOURCE_EXHAUSTED', 'm', { reason: 'STORE_FULL' })
const tooLarge = new CallError('RESOURCE_EXHAUSTED', 'm')
const late = new CallError('DEADLINE_EXCEEDED', 'm', { reason: 'DEADLINE' })
const missing = new CallError('NOT_FOUND', 'm', { reason: 'TASK_NOT_FOUND' })
const refused = (status: string): CallError => new CallError('FAILED_PRECONDITION', 'm', { reason: 'STATUS_NOT_ALLOWED', metadata: { status } })

const OPTIONS: ReportOptions = {
  arrived: ['SUCCEEDED'],
  signal: new AbortController().signal,
  times: { giveUpAfterMs: 10_000, firstWaitMs: 1, longestWaitMs: 2 },
}

/** Reports that fail with `failures`, one after the other, and then arrive: how many were made, and how it ended. */
async function outcomeOf(failures: readonly Error[], options: Partial<ReportOptions> = {}): Promise<{ reports: number; error?: unknown }> {
  let reports = 0
  const report = (): Promise<void> => {
    const failure = failures[reports]
    reports += 1
    return failure === undefined ? Promise.resolve() : Promise.reject(failure)
  }
  return untilReported(report, { ...OPTIONS, ...options }).then(
    () => ({ reports }),
    (error: unknown) => ({ reports, error }),
  )
}

test.each<[string, Error[], number, Error | undefined]>([
  ['arrives at once', [], 1, undefined],
  ['is repeated while the server is away', Array.from({ length: 40 }, () => away), 41, undefined],
  ['is repeated when it took too long', [late], 2, undefined],
  ['is repeated while the queue or the store is full', [full, noRoom], 3, undefined],
  ['is not repeated when it is too large', [tooLarge], 1, tooLarge],
  ['is not repeated when there is no task', [away, missing], 2, missing],
  ['had arrived when its repetition finds the task ended as reported', [away, refused('SUCCEEDED')], 2, undefined],
  ['had not arrived when the task has ended in another way', [away, refused('CANCELLED')], 2, refused('CANCELLED')],
  ['had not arrived when the task has not started', [away, refused('PENDING')], 2, refused('PENDING')],
  ['has not arrived when it is refused the first time', [refused('SUCCEEDED')], 1, refused('SUCCEEDED')],
  ['fails with a fault of the program', [new TypeError('x')], 1, new TypeError('x')],
])('a report %s', async (_name, failures, reports, error) => {
  expect(await outcomeOf(failures)).toEqual(error === undefined ? { reports } : { reports, error })
})

test('waits as long as the server says', async () => {
  const began = performance.now()
  await outcomeOf([new CallError('UNAVAILABLE', 'm', { retryDelayMs: 60 })])
  expect(performance.now() - began).toBeGreaterThan(55)
})

test('gives up after its time', async () => {
  const failures = Array.from({ length: 1000 }, () => away)
  const { reports, error } = await outcomeOf(failures, { times: { giveUpAfterMs: 50, firstWaitMs: 1, longestWaitMs: 10 } })
  expect(error).toBe(away)
  expect(reports).toBeLessThan(100)
})

test('ends its waiting with the signal, after one more report', async () => {
  const ended = new AbortController()
  const times = { giveUpAfterMs: 60_000, firstWaitMs: 30_000, longestWaitMs: 30_000 }
  const outcome = outcomeOf([away, away], { signal: ended.signal, times, onDelay: () => ended.abort() })
  expect(await outcome).toEqual({ reports: 2, error: away })
})
