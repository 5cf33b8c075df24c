// Where tasks stand in the picture of the last hours: one row per command, one bar per task. Numbers, not pixels.
import { isEnded, type Status, type Task } from '../api/task.js'

/** A bar: from `start` to `end`, both 0 to 1 of the span, in a lane of its row. */
export interface Bar {
  readonly task: Task
  readonly start: number
  readonly end: number
  readonly lane: number
}

/** All tasks of one command. */
export interface Row {
  readonly command: string
  readonly bars: readonly Bar[]
  readonly lanes: number
  /** How many of them stand where; those that are 0 are left out. */
  readonly counts: ReadonlyMap<Status, number>
}

/** The picture; `hidden` is the number of commands that have no row in it. */
export interface Timeline {
  /** Milliseconds of Date.now(). */
  readonly from: number
  readonly to: number
  readonly rows: readonly Row[]
  readonly hidden: number
}

/** Commands in a picture, and tasks beside each other in a row. */
const ROWS = 12
const LANES = 4
const HOUR_MS = 3_600_000

/** Steps of the axis, in milliseconds. */
const STEPS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200].map((seconds) => seconds * 1000)

/** Spans to choose from when nobody has chosen, in hours. */
const FITTING = [1, 2, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes / 60)

/** The picture of the `hours` before `to`; with 0 hours, of the shortest span that nearly everything fits in. */
export function timelineOf(tasks: Iterable<Task>, hours: number, to: number): Timeline {
  const all = [...tasks]
  const from = to - (hours === 0 ? fittingHours(all, to) : hours) * HOUR_MS
  const byCommand = new Map<string, Task[]>()
  for (const task of all.filter((one) => endOf(one, to) >= from)) {
    const known = byCommand.get(task.command)
    if (known === undefined) byCommand.set(task.command, [task])
    else known.push(task)
  }
  const rows = [...byCommand].map(([command, of]) => rowOf(command, of, { from, to })).sort(byLastBeginning)
  // Those that are shown stand by their names: rows that change places cannot be followed.
  return { from, to, rows: rows.slice(0, ROWS).sort(byName), hidden: Math.max(rows.length - ROWS, 0) }
}

/** Times for the axis: round ones, about `count` of them. */
export function ticks(from: number, to: number, count: number): number[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= count) ?? 24 * HOUR_MS
  // Whole hours of the day where the reader is, not of UTC.
  const zone = new Date(to).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - zone) / step) * step + zone
  return Array.from({ length: Math.max(Math.floor((to - first) / step) + 1, 0) }, (_, index) => first + index * step)
}

function fittingHours(tasks: readonly Task[], to: number): number {
  const ages = tasks.map((task) => to - startOf(task)).sort((a, b) => a - b)
  // One task of last night is no reason to squeeze those of this morning.
  const typical = ages[Math.ceil(ages.length * 0.95) - 1] ?? 0
  return FITTING.find((hours) => typical <= hours * HOUR_MS * 0.9) ?? 24
}

function rowOf(command: string, tasks: readonly Task[], { from, to }: Pick<Timeline, 'from' | 'to'>): Row {
  const free: number[] = []
  const bars = tasks
    .toSorted((a, b) => startOf(a) - startOf(b))
    .map((task) => {
      const start = Math.max(startOf(task), from)
      const end = Math.max(Math.min(endOf(task, to), to), start)
      const lane = laneFor(free, start)
      free[lane] = end
      return { task, start: (start - from) / (to - from), end: (end - from) / (to - from), lane }
    })
  const counts = new Map<Status, number>()
  for (const { status } of tasks) counts.set(status, (counts.get(status) ?? 0) + 1)
  return { command, bars, lanes: Math.max(free.length, 1), counts }
}

/** The first lane that is free at `start`; when all are taken, the one that is free first. */
function laneFor(free: readonly number[], start: number): number {
  const lane = free.findIndex((end) => end <= start)
  if (lane >= 0) return lane
  return free.length < LANES ? free.length : free.indexOf(Math.min(...free))
}

function byLastBeginning(a: Row, b: Row): number {
  return lastOf(b) - lastOf(a) || byName(a, b)
}

function byName(a: Row, b: Row): number {
  return a.command < b.command ? -1 : 1
}

function lastOf({ bars }: Row): number {
  return Math.max(...bars.map(({ start }) => start))
}

function startOf({ startedAt, createdAt }: Task): number {
  return Date.parse(startedAt ?? createdAt)
}

function endOf(task: Task, now: number): number {
  return isEnded(task) ? Date.parse(task.endedAt ?? task.modifiedAt) : now
}
