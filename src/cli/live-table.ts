// A table of tasks that is drawn anew in place on a terminal; elsewhere, a line for each change.
import type { Task } from '../../gen/openshift/v1/task.js'
import { isTerminalStatus } from '../client/status.js'
import { printable } from './print-task.js'

const BAR_WIDTH = 20
/** Rows that are shown on a terminal whose height is not known. */
const DEFAULT_ROWS = 24
/** Ended tasks that are remembered; those that ended first are forgotten first. */
const KEPT_ENDED = 1000
const CLEAR_BELOW = '\u001b[J'

/** Where a table is drawn. */
interface Screen {
  readonly isTTY?: boolean
  readonly rows?: number
  readonly columns?: number
  write(text: string): unknown
}

/** The tasks that are shown, newest first. */
export class LiveTable {
  private readonly screen: Screen
  private readonly tasks = new Map<string, Task>()
  private readonly ended = new Set<string>()
  private drawn = 0
  private isScheduled = false

  constructor(screen: Screen) {
    this.screen = screen
  }

  put(task: Task): void {
    this.tasks.set(task.id, task)
    if (isTerminalStatus(task.status)) this.ended.add(task.id)
    const [first] = this.ended
    if (first !== undefined && this.ended.size > KEPT_ENDED) this.forget(first)
    this.changed(lineOf(task))
  }

  remove(taskId: string, why: string): void {
    this.forget(taskId)
    this.changed(`${taskId}  ${why}`)
  }

  /** Draws what is left to draw. */
  end(): void {
    if (this.isScheduled) this.draw()
  }

  private forget(taskId: string): void {
    this.tasks.delete(taskId)
    this.ended.delete(taskId)
  }

  private changed(line: string): void {
    if (this.screen.isTTY !== true) {
      this.screen.write(`${line}\n`)
      return
    }
    // Changes of the same moment are drawn once.
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => this.isScheduled && this.draw())
  }

  private draw(): void {
    this.isScheduled = false
    const { rows = DEFAULT_ROWS, columns = 80 } = this.screen
    const newest = [...this.tasks.values()].sort((a, b) => Number((b.createdAt ?? 0)) - Number(a.createdAt ?? 0))
    const lines = newest.slice(0, Math.max(rows - 2, 1)).map((task) => lineOf(task).slice(0, columns))
    const more = newest.length - lines.length
    if (more > 0) lines.push(`and ${more} more`)
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : ''
    this.screen.write(`${up}\r${CLEAR_BELOW}${lines.join('\n')}\n`)
    this.drawn = lines.length
  }
}

function lineOf(task: Task): string {
  const { id, command, status, progressPercent, statusDetails, error } = task
  const said = printable(error?.message ?? statusDetails[0]?.title ?? task.summary)
  return `${id}  ${command.padEnd(20)}  ${status.padEnd(10)}  ${barOf(progressPercent)}  ${said}`.trimEnd()
}

/** `[#####.....]  50%`. */
function barOf(percent: number | undefined): string {
  if (percent === undefined) return ' '.repeat(BAR_WIDTH + 7)
  const full = Math.round((percent * BAR_WIDTH) / 100)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${String(percent).padStart(3)}%`
}
