// A task, its parts and its history, loaded and kept as they are.
import { useEffect, useState } from 'preact/hooks'
import type { Send } from '../api/request.js'
import { isEnded, isLater, type Task, type TaskEvent, type TaskPage, type WatchAnswer } from '../api/task.js'
import { getTask, listTasks, taskEvents } from '../api/tasks-api.js'
import { useConsole } from '../parts/console-context.js'
import { useFollow, type Followed } from '../parts/use-follow.js'
import { useLoad } from '../parts/use-load.js'
import { familyAfter, withParts, type Family } from './family.js'
import { eventsAfter } from './events.js'

/** Parts whose own parts are asked for unasked; of others, they are shown when asked for. */
const OPEN_BRANCHES = 40
const PARTS = 1000
/** Events that are shown at most: a task that reports often has many. */
const EVENTS = 5000
/** Milliseconds between two looks at the lease of a task: renewals are no events. */
const LEASE_LOOK_MS = 5000

/** What the view of a task shows. */
export interface LiveTask {
  readonly task: Task | undefined
  readonly family: Family
  readonly events: readonly TaskEvent[]
  readonly error: Error | undefined
  readonly again: () => void
  readonly followed: Followed
  /** Takes a newer state of the task, such as the answer of what was asked of it. */
  readonly setTask: (task: Task) => void
  /** Loads the parts of a part. */
  readonly open: (partId: string) => void
}

interface State {
  readonly task: Task
  readonly family: Family
  readonly events: readonly TaskEvent[]
}

/** The task `taskId` of `instance`. */
export function useTask(instance: string, taskId: string): LiveTask {
  const { send } = useConsole()
  const loaded = useLoad(JSON.stringify([instance, taskId]), (signal) => loadTask(send, { instance, taskId }, signal))
  const [state, setState] = useState<State>()
  useEffect(() => setState(loaded.value?.state), [loaded.value])
  const change = (next: (before: State) => State): void => setState((before) => before && next(before))
  const followed = useFollow({
    instance,
    from: loaded.value,
    onAnswers: (answers) => change((before) => afterAnswers(before, taskId, answers)),
    onGap: loaded.again,
  })
  const setTask = (task: Task): void => change((before) => (isLater(before.task, task) ? before : { ...before, task }))
  const open = (partId: string): void => {
    void partsOf(send, { instance, taskId: partId }, new AbortController().signal).then(
      ({ tasks }) => change((before) => ({ ...before, family: withParts(before.family, partId, tasks) })),
      () => undefined, // the branch stays closed, to be opened again
    )
  }
  useLeaseLook(state?.task, setTask)
  const { error, again } = loaded
  return { task: state?.task, family: state?.family ?? new Map(), events: state?.events ?? [], error, again, followed, setTask, open }
}

interface Key {
  readonly instance: string
  readonly taskId: string
}

/** The task, and the revision of the instance before any of it was read: what is written after that is told again. */
async function loadTask(send: Send, key: Key, signal: AbortSignal): Promise<{ readonly state: State; readonly revision: string }> {
  const { revision = '0' } = await partsOf(send, key, signal)
  const [task, events, family] = await Promise.all([
    getTask(send, key.instance, key.taskId, signal),
    taskEvents(send, { ...key, limit: EVENTS }, signal),
    loadFamily(send, key, signal),
  ])
  return { state: { task, family, events }, revision }
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

function afterAnswers(state: State, taskId: string, answers: readonly WatchAnswer[]): State {
  const own = answers.filter(({ task }) => task?.id === taskId)
  const latest = own.findLast(({ event }) => event?.to !== undefined)?.task
  return {
    task: latest !== undefined && isLater(latest, state.task) ? latest : state.task,
    family: familyAfter(state.family, answers),
    events: eventsAfter(state.events, own.flatMap(({ event }) => event ?? [])),
  }
}

function useLeaseLook(task: Task | undefined, setTask: (task: Task) => void): void {
  const { send } = useConsole()
  const key = task?.lease === undefined || isEnded(task) ? undefined : JSON.stringify([task.serviceInstanceId, task.id])
  useEffect(() => {
    if (task === undefined || key === undefined) return
    const left = new AbortController()
    const look = (): void => {
      // A look that fails is no news: the follower says what there is to say of the connection.
      void getTask(send, task.serviceInstanceId, task.id, left.signal).then(setTask, () => undefined)
    }
    const timer = setInterval(look, LEASE_LOOK_MS)
    return () => {
      clearInterval(timer)
      left.abort()
    }
  }, [send, key])
}
