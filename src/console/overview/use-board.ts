// The board of an instance, loaded and kept as it is.
import { useEffect, useState } from 'preact/hooks'
import type { Send } from '../api/request.js'
import { RUNNING, WAITING, type TaskCounts } from '../api/task.js'
import { countTasks, listTasks, type ListRequest } from '../api/tasks-api.js'
import { useConsole } from '../parts/console-context.js'
import { useFollow, type Followed } from '../parts/use-follow.js'
import { useLoad } from '../parts/use-load.js'
import { useThrottled } from '../parts/use-throttled.js'
import { afterAnswers, boardOf, type Board } from './board.js'

/** Tasks that are asked for: of each status that lives, of those that failed, and of those that were written last. */
const LIVE_TASKS = 100
const FAILED_TASKS = 20
const RECENT_TASKS = 500
/** Milliseconds between two counts of a busy instance. */
const COUNT_MS = 1000

/** What the overview shows. */
export interface LiveBoard {
  readonly board: Board | undefined
  readonly counts: TaskCounts | undefined
  readonly error: Error | undefined
  readonly again: () => void
  readonly followed: Followed
}

/** The board of `instance`. */
export function useBoard(instance: string): LiveBoard {
  const { send } = useConsole()
  const loaded = useLoad(instance, (signal) => loadBoard(send, instance, signal))
  const [board, setBoard] = useState<Board>()
  useEffect(() => setBoard(loaded.value?.board), [loaded.value])
  const followed = useFollow({
    instance,
    from: loaded.value,
    onAnswers: (answers) => setBoard((before) => before && afterAnswers(before, answers)),
    onGap: loaded.again,
  })
  const counted = useLoad(instance, (signal) => countTasks(send, instance, signal))
  const shownBoard = useThrottled(board, COUNT_MS)
  const isLive = followed.connection.kind === 'live'
  // A count that nobody answered is made up for once somebody does; until then the one before stands.
  useEffect(() => {
    if (shownBoard !== undefined && isLive) counted.again()
  }, [shownBoard, isLive])
  return { board, counts: counted.last, error: loaded.error ?? counted.error, again: loaded.again, followed }
}

/** Every list walks an index, so that a million tasks take no longer than a few. */
async function loadBoard(send: Send, instance: string, signal: AbortSignal): Promise<ReturnType<typeof boardOf>> {
  const lists: ListRequest[] = [
    ...[...RUNNING, ...WAITING].map((status) => ({ filter: `status = ${status}`, pageSize: LIVE_TASKS })),
    { filter: 'status = FAILED', pageSize: FAILED_TASKS },
    { orderBy: 'modified_at desc', pageSize: RECENT_TASKS },
  ]
  return boardOf(await Promise.all(lists.map((list) => listTasks(send, instance, list, signal))))
}
