// A task, its parts and its history, loaded and kept as they are.
import { useEffect, useState } from 'preact/hooks'
import type { Send } from '../api/request.js'
import { isEnded, type Task, type TaskPage } from '../api/task.js'
import { getTask, listTasks, taskEvents } from '../api/tasks-api.js'
import { useConsole } from '../parts/console-context.js'
import { useFollow, type Followed } from '../parts/use-follow.js'
import { useLoad } from '../parts/use-load.js'
import { durationMs } from '../text/format.js'
import { EVENTS } from './events.js'
import { withParts, type Family } from './family.js'
import { stateAfter, stateSeen, type TaskState } from './task-state.js'

/** Parts whose own parts are asked for unasked; of others, they are shown when asked for. */
const OPEN_BRANCHES = 40
const PARTS = 1000
/** Milliseconds between two looks at the lease of a task, at most: renewals are no events. */
const LEASE_LOOK_MS = 5000
/** Looks in the time that a lease holds, at least: its owner renews it so often that each of them sees it hold. */
const LEASE_LOOKS = 3

/** What the view of a task shows. */
export interface LiveTask {
  readonly state: TaskState | undefined
  readonly error: Error | undefined
  readonly again: () => void
  readonly followed: Followed
  /** Takes a newer state of the task, such as the answer of what was asked of it. */
  readonly setTask: (task: Task) => void
  /** Loads the parts of a part. */
  readonly open: (partId: string) => void
}

/** The task `taskId` of `instance`. */
export function useTask(instance: string, taskId: string): LiveTask {
  const { send, now } = useConsole()
  const loaded = useLoad(JSON.stringify([instance, taskId]), (signal) => loadTask(send, { instance, taskId }, signal))
  const [state, setState] = useState<TaskState>()
  useEffect(() => setState(loaded.value && { ...loaded.value.state, seenAt: now() }), [loaded.value])
  const change = (next: (before: TaskState) => TaskState): void => setState((before) => before && next(before))
  const followed = useFollow({
    instance,
    from: loaded.value,
    onAnswers: (answers) => change((before) => stateAfter(before, answers)),
    onGap: loaded.again,
  })
  const setTask = (task: Task): void => change((before) => stateSeen(before, task, now()))
  const open = (partId: string): void => {
    void partsOf(send, { instance, taskId: partId }, new AbortController().signal).then(
      ({ tasks }) => change((before) => ({ ...before, family: withParts(before.family, partId, tasks) })),
      () => undefined, // the branch stays closed, to be opened again
    )
  }
  useLeaseLook(state?.task, setTask)
  const { error, again } = loaded
  return { state, error, again, followed, setTask, open }
}

interface Key {
  readonly instance: string
  readonly taskId: string
}

/** The task, and the revision of the instance before any of it was read: what is written after that is told again. */
async function loadTask(send: Send, key: Key, signal: AbortSignal): Promise<{ readonly state: Omit<TaskState, 'seenAt'>; readonly revision: string }> {
  const { revision = '0' } = await partsOf(send, key, signal)
  const [task, events, family] = await Promise.all([
    getTask(send, key.instance, key.taskId, signal),
    taskEvents(send, { ...key, limit: EVENTS }, signal),
    loadFamily(send, key, signal),
  ])
  return { state: { task, isDeleted: false, family, events }, revision }
}

async function loadFamily(send: Send, { instance, taskId }: Key, signal: AbortSignal): Promise<Family> {
  let family: Family = new Map()
  let generation = [taskId]
  for (let left = OPEN_BRANCHES; generation.length > 0 && left > 0; left -= generation.length) {
    const ids = generation.slice(0, left)
    const loaded = await Promise.all(ids.map((id) => partsOf(send, { instance, taskId: id }, signal)))
    for (const [index, id] of ids.entries()) family = withParts(family, id, loaded[index]?.tasks ?? [])
    generation = loaded.flatMap(({ tasks }) => tasks).map(({ id }) => id)
  }
  return family
}

function partsOf(send: Send, { instance, taskId }: Key, signal: AbortSignal): Promise<TaskPage> {
  return listTasks(send, instance, { filter: `parent_task_id = "${taskId}"`, pageSize: PARTS }, signal)
}

function useLeaseLook(task: Task | undefined, setTask: (task: Task) => void): void {
  const { send } = useConsole()
  const key = task?.lease === undefined || isEnded(task) ? undefined : JSON.stringify([task.serviceInstanceId, task.id])
  const lookMs = Math.min((durationMs(task?.lease?.ttl) ?? Infinity) / LEASE_LOOKS, LEASE_LOOK_MS)
  useEffect(() => {
    if (task === undefined || key === undefined) return
    const left = new AbortController()
    const look = (): void => {
      // A look that fails is no news: the follower says what there is to say of the connection.
      void getTask(send, task.serviceInstanceId, task.id, left.signal).then(setTask, () => undefined)
    }
    const timer = setInterval(look, lookMs)
    return () => {
      clearInterval(timer)
      left.abort()
    }
  }, [send, key, lookMs])
}
