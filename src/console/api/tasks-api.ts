// The calls of the public REST API that the console makes.
import { getJson, postJson, type Send } from './request.js'
import type { Task, TaskCounts, TaskEvent, TaskPage } from './task.js'

/** What a list asks for; AIP-132, AIP-158, AIP-160. */
export interface ListRequest {
  readonly filter?: string
  readonly orderBy?: string
  readonly pageSize?: number
  readonly pageToken?: string
}

/** What a caller may ask of a task. */
export type Control = 'cancel' | 'pause' | 'resume'

/** The path of the tasks of an instance. */
export function tasksPath(instance: string): string {
  return `/openshift/v1/${encodeURIComponent(instance)}/tasks`
}

/** The path of a task. */
export function taskPath(instance: string, taskId: string): string {
  return `${tasksPath(instance)}/${encodeURIComponent(taskId)}`
}

/** The path of a page of a list, with its query. */
export function listPath(instance: string, request: ListRequest): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined && value !== '')
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return query.size === 0 ? tasksPath(instance) : `${tasksPath(instance)}?${query}`
}

/** The reading calls; each rejects as `getJson`. */
export function listTasks(send: Send, instance: string, request: ListRequest, signal: AbortSignal): Promise<TaskPage> {
  return getJson(send, listPath(instance, request), signal)
}

export async function getTask(send: Send, instance: string, taskId: string, signal: AbortSignal): Promise<Task> {
  return (await getJson<{ task: Task }>(send, taskPath(instance, taskId), signal)).task
}

export function countTasks(send: Send, instance: string, signal: AbortSignal): Promise<TaskCounts> {
  return getJson(send, `${tasksPath(instance)}:count`, signal)
}

/** All that the history still holds of a task, oldest first; `limit` events at most. */
export async function taskEvents(
  send: Send,
  { instance, taskId, limit }: { readonly instance: string; readonly taskId: string; readonly limit: number },
  signal: AbortSignal,
): Promise<TaskEvent[]> {
  const events: TaskEvent[] = []
  let pageToken = ''
  do {
    const query = new URLSearchParams({ pageSize: '1000', ...(pageToken === '' ? {} : { pageToken }) })
    const path = `${taskPath(instance, taskId)}/events?${query}`
    const page = await getJson<{ events: TaskEvent[]; nextPageToken?: string }>(send, path, signal)
    events.push(...page.events)
    pageToken = page.nextPageToken ?? ''
  } while (pageToken !== '' && events.length < limit)
  return events
}

/** Asks for it; the answer is the task as it is then. */
export async function askFor(send: Send, control: Control, task: Task, reason: string): Promise<Task> {
  const path = `${taskPath(task.serviceInstanceId, task.id)}:${control}`
  return (await postJson<{ task: Task }>(send, path, reason === '' ? {} : { reason })).task
}
