// The picture of the last hours: what stands where.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Status, Task } from '../../src/console/api/task.js'
import { ticks, timelineOf } from '../../src/console/overview/timeline.js'

const NOW = Date.parse('2026-01-31T12:00:00Z')
const MINUTE = 60_000

/** A task from `from` to `to`, in minutes before now; without an end it lives. */
function task(command: string, from: number, to?: number, status: Status = to === undefined ? 'RUNNING' : 'SUCCEEDED'): Task {
  const time = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString()
  const ended = to === undefined ? {} : { endedAt: time(to) }
  return { id: `${command} ${from} ${to ?? ''}`, serviceInstanceId: 'i', command, status, createdAt: time(from), createdBy: '', modifiedAt: time(to ?? 0), revision: '1', startedAt: time(from), ...ended }
}

test('bars stand where the tasks were, cut off at the edges', () => {
  const { rows } = timelineOf([task('a', 45, 15), task('a', 90, 50), task('b', 30)], 1, NOW)
  expect(rows.map(({ command, bars }) => [command, bars.map(({ start, end, lane }) => [start, Number(end.toFixed(3)), lane])])).toEqual([
    ['a', [[0, 0.167, 0], [0.25, 0.75, 0]]],
    ['b', [[0.5, 1, 0]]],
  ])
})

test('what ended before is not in the picture', () => {
  expect(timelineOf([task('a', 90, 61)], 1, NOW).rows).toEqual([])
})

test('tasks beside each other have lanes of their own, and no more than four', () => {
  const { rows } = timelineOf(Array.from({ length: 6 }, (_, i) => task('a', 30 - i)), 1, NOW)
  expect(rows[0]?.lanes).toBe(4)
})

test('a row says how many of its tasks stand where', () => {
  const { rows } = timelineOf([task('a', 9, 8), task('a', 8, 7, 'FAILED'), task('a', 7, 6, 'FAILED')], 1, NOW)
  expect([...(rows[0]?.counts ?? [])]).toEqual([['SUCCEEDED', 1], ['FAILED', 2]])
})

test('of many commands those that began last are shown, by name', () => {
  const { rows, hidden } = timelineOf(Array.from({ length: 20 }, (_, i) => task(`c${String(i).padStart(2, '0')}`, i + 1)), 1, NOW)
  expect([rows.map(({ command }) => command), hidden]).toEqual([Array.from({ length: 12 }, (_, i) => `c${String(i).padStart(2, '0')}`), 8])
})

describe('without a span', () => {
  for (const [ages, hours] of [
    [[0.5], 1 / 60],
    [[1], 1 / 30],
    [[2], 1 / 20],
    [[2, 12], 0.25],
    [[40], 1],
    [[300], 6],
    [[1000], 24],
    [[...Array.from({ length: 40 }, () => 2), 1000], 1 / 20],
  ] as const) {
    test(`tasks from up to ${Math.max(...ages)} minutes ago (${ages.length}) take ${Math.round(hours * 60)} minutes`, () => {
      const { from, to } = timelineOf(ages.map((age) => task('a', age)), 0, NOW)
      expect((to - from) / (60 * MINUTE)).toBeCloseTo(hours)
    })
  }
})

test('bars stay within the picture and never overlap in a lane, while there are lanes', () => {
  const span = fc.tuple(fc.nat(120), fc.nat(120)).map(([a, b]) => task('a', Math.max(a, b), Math.min(a, b)))
  fc.assert(
    fc.property(fc.array(span, { maxLength: 30 }), (tasks) => {
      for (const { bars, lanes } of timelineOf(tasks, 1, NOW).rows) {
        for (const { start, end } of bars) expect(start >= 0 && start <= end && end <= 1).toBe(true)
        if (lanes === 4) continue
        for (const [index, bar] of bars.entries()) {
          const before = bars.slice(0, index).filter(({ lane }) => lane === bar.lane)
          expect(before.every(({ end }) => end <= bar.start)).toBe(true)
        }
      }
    }),
  )
})

test('the axis has round times, about as many as asked for', () => {
  for (const minutes of [1, 2, 5, 15, 60, 360, 1440]) {
    const marks = ticks(NOW - minutes * MINUTE, NOW, 6)
    expect(marks.length).toBeGreaterThan(1)
    expect(marks.length).toBeLessThan(9)
    expect(marks.every((at) => at % (minutes < 5 ? 10_000 : MINUTE) === 0)).toBe(true)
  }
})
