import { describe, expect, test, vi } from 'vitest'
import { fromMilliseconds } from '../../src/task/duration.js'
import { FieldViolations } from '../../src/task/field-violations.js'
import { readWaitMs } from '../../src/api/wait-time.js'
import { ANONYMOUS } from '../../src/auth/anonymous.js'

const NOW = 1_000_000

function read(timeoutMs: number | undefined, deadline = Infinity): number {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  const violations = new FieldViolations()
  const context = { caller: ANONYMOUS, signal: new AbortController().signal, deadline, pollAgain: () => undefined }
  const waitMs = readWaitMs(timeoutMs === undefined ? undefined : fromMilliseconds(timeoutMs), context, violations)
  vi.restoreAllMocks()
  violations.throwIfAny()
  return waitMs
}

describe('the time of a wait', () => {
  test.each([
    ['30 seconds by default', undefined, Infinity, 30_000],
    ['what is asked for', 1500, Infinity, 1500],
    ['at most 60 seconds', 3_600_000, Infinity, 60_000],
    ['nothing', 0, Infinity, 0],
    ['half a second less than the call', 30_000, NOW + 10_000, 9500],
    ['nothing when the call is about to end', 30_000, NOW + 100, 0],
    ['nothing when the call has ended', 30_000, NOW - 100, 0],
  ])('%s', (_name, asked, deadline, expected) => {
    expect(read(asked, deadline)).toBe(expected)
  })

  test('cannot be negative', () => {
    expect(() => read(-1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error)
  })
})
