// What the overview knows: the tasks that live, and those that were written lately. A value; changes make a new one.
import { isLater, RUNNING, WAITING, type Task, type TaskPage, type WatchAnswer } from '../api/task.js'

/** The tasks, by id. */
export type Board = ReadonlyMap<string, Task>

/** Tasks that a board keeps; of more, those that ended longest ago are forgotten. */
const BOARD_TASKS = 2000

/** The board of what several lists said, and the revision that all of them have seen. */
export function boardOf(pages: readonly TaskPage[]): { readonly board: Board; readonly revision: string } {
  const board = new Map<string, Task>()
  for (const task of pages.flatMap(({ tasks }) => tasks)) put(board, task)
  const revisions = pages.map(({ revision = '0' }) => BigInt(revision))
  return { board, revision: String(revisions.reduce((a, b) => (b < a ? b : a))) }
}

/** The board after what happened. What it knows already changes nothing. */
export function afterAnswers(board: Board, answers: readonly WatchAnswer[]): Board {
  const next = new Map(board)
  for (const { event, task } of answers) {
    if (event === undefined || task === undefined) continue
    // A deleted task is after nothing.
    if (event.to === undefined) next.delete(task.id)
    else put(next, task)
  }
  return trimmed(next)
}

/** What runs, what began last first. */
export function running(board: Board): Task[] {
  return those(board, ({ status }) => RUNNING.includes(status), ({ startedAt, createdAt }) => startedAt ?? createdAt)
}

/** What waits, what was recorded last first. */
export function waiting(board: Board): Task[] {
  return those(board, ({ status }) => WAITING.includes(status), ({ createdAt }) => createdAt)
}

/** What failed, the last one first. */
export function failed(board: Board): Task[] {
  return those(board, ({ status }) => status === 'FAILED', endOf)
}

function those(board: Board, isOne: (task: Task) => boolean, time: (task: Task) => string): Task[] {
  return [...board.values()].filter(isOne).sort((a, b) => Date.parse(time(b)) - Date.parse(time(a)))
}

function put(board: Map<string, Task>, task: Task): void {
  const known = board.get(task.id)
  if (known === undefined || isLater(task, known)) board.set(task.id, task)
}

function trimmed(board: Map<string, Task>): Board {
  if (board.size <= BOARD_TASKS) return board
  const ended = those(board, ({ endedAt }) => endedAt !== undefined, endOf)
  for (const { id } of ended.slice(-(board.size - BOARD_TASKS))) board.delete(id)
  return board
}

function endOf({ endedAt, modifiedAt }: Task): string {
  return endedAt ?? modifiedAt
}
