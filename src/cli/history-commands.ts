// `taskplane events` and `taskplane tree`: what happened to a task, and what it is made of.
import type { Command } from 'commander'
import { ListTaskEventsResponse } from '../../gen/openshift/v1/task_service.js'
import type { TaskEvent } from '../../gen/openshift/v1/task_event.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { clientCommand, withClient, withOutput, type ClientOptions } from './client-options.js'
import { printable, printJson, statusOf, table } from './print-task.js'

const COLUMNS: readonly (readonly [title: string, cell: (event: TaskEvent) => string])[] = [
  ['REVISION', ({ revision }) => String(revision)],
  ['AT', ({ at }) => at?.toISOString() ?? ''],
  ['KIND', ({ kind }) => kind],
  ['FROM', ({ from }) => nameOf(from)],
  ['TO', ({ to }) => nameOf(to)],
  ['ACTOR', ({ actor }) => actor],
  ['REASON', ({ reason }) => reason],
]
/** Generations that a tree shows: as many as a task can have. */
const MAX_DEPTH = 8

/** Shows what happened to a task, oldest first. */
export function eventsCommand(): Command {
  return withOutput(clientCommand('events', 'show what happened to a task'))
    .argument('<task-id>')
    .action(async (taskId: string, options: ClientOptions) => {
      const events = await withClient(options, (client) => allEvents(client, options.instance, taskId))
      if (options.output === 'json') printJson(ListTaskEventsResponse, ListTaskEventsResponse.create({ events }))
      else process.stdout.write(table(COLUMNS, events))
    })
}

/** Shows a task and its parts. */
export function treeCommand(): Command {
  return clientCommand('tree', 'show a task and the tasks that are parts of it')
    .argument('<task-id>')
    .action(async (taskId: string, options: ClientOptions) => {
      await withClient(options, async (client) => {
        const root = await client.get({ serviceInstanceId: options.instance, taskId })
        process.stdout.write(`${await branch(client, root, { line: '', below: '', depth: 1 })}\n`)
      })
    })
}

async function allEvents(client: TaskplaneClient, serviceInstanceId: string, taskId: string): Promise<TaskEvent[]> {
  const events: TaskEvent[] = []
  let pageToken = ''
  do {
    const page = await client.events({ serviceInstanceId, taskId, pageToken })
    events.push(...page.events)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return events
}

/** Where a task stands in a tree: the lines before it and before what is below it. */
interface Place {
  readonly line: string
  readonly below: string
  readonly depth: number
}

async function branch(client: TaskplaneClient, task: Task, { line, below, depth }: Place): Promise<string> {
  const children = depth < MAX_DEPTH ? await childrenOf(client, task) : []
  const parts = children.map((child, index) => {
    const isLast = index === children.length - 1
    const place = { line: below + (isLast ? '└─ ' : '├─ '), below: below + (isLast ? '   ' : '│  '), depth: depth + 1 }
    return branch(client, child, place)
  })
  return [line + describe(task), ...(await Promise.all(parts))].join('\n')
}

async function childrenOf(client: TaskplaneClient, { serviceInstanceId, id }: Task): Promise<Task[]> {
  const children: Task[] = []
  let pageToken = ''
  do {
    const filter = `parent_task_id = "${id}"`
    const page = await client.list({ serviceInstanceId, filter, orderBy: 'created_at', pageSize: 1000, pageToken })
    children.push(...page.tasks)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  // The sort is stable: equal hints stay in the order they were recorded.
  return children.sort((a, b) => a.orderHint - b.orderHint)
}

function describe(task: Task): string {
  const progress = task.progressPercent === undefined ? '' : ` ${task.progressPercent}%`
  const said = task.error?.message ?? task.summary
  return printable(`${task.command} ${statusOf(task)}${progress}  ${task.id}${said === '' ? '' : `  ${said}`}`)
}

function nameOf(status: TaskEvent['from']): string {
  return status === 'STATUS_UNSPECIFIED' ? '' : status
}
