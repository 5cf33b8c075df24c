// `taskplane list`, `count` and `get`.
import { Option, type Command } from 'commander'
import { CountTasksResponse, type ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { clientCommand, withClient, withOutput, type ClientOptions } from './client-options.js'
import { printJson, printTask, printTasks, table } from './print-task.js'

interface ListOptions extends ClientOptions {
  readonly filter: string
  readonly orderBy: string
  readonly limit: number
}

/** Tasks on a page at most, which is what the server gives; a larger number might not fit into the request. */
const PAGE_SIZE = 1000

/** Lists tasks, page by page, up to `--limit`. */
export function listCommand(): Command {
  return withOutput(clientCommand('list', 'list tasks, newest first'))
    .option('--filter <text>', 'which tasks (AIP-160), such as \'status = FAILED AND labels.env = "prod"\'', '')
    .option('--order-by <field>', 'created_at or modified_at, then desc or nothing', '')
    .addOption(new Option('--limit <count>', 'tasks at most').argParser(readCount).default(50))
    .action(async (options: ListOptions) => {
      const list = await withClient(options, (client) => listUpTo(client, options))
      printTasks(list, options.output)
      if (list.nextPageToken !== '') process.stderr.write(`There are more; raise --limit above ${options.limit}.\n`)
    })
}

/** Counts tasks by status. */
export function countCommand(): Command {
  return withOutput(clientCommand('count', 'count the tasks of each status')).action(async (options: ClientOptions) => {
    const counts = await withClient(options, (client) => client.count({ serviceInstanceId: options.instance }))
    if (options.output === 'json') printJson(CountTasksResponse, counts)
    else process.stdout.write(table(COUNT_COLUMNS, [...Object.entries(counts.byStatus), ['all', counts.total]]))
  })
}

const COUNT_COLUMNS: Parameters<typeof table<[status: string, tasks: bigint]>>[0] = [
  ['STATUS', ([status]) => status],
  ['TASKS', ([, tasks]) => String(tasks)],
]

/** Shows one task. */
export function getCommand(): Command {
  return withOutput(clientCommand('get', 'show a task'))
    .argument('<task-id>')
    .action(async (taskId: string, options: ClientOptions) => {
      const request = { serviceInstanceId: options.instance, taskId }
      printTask(await withClient(options, (client) => client.get(request)), options.output)
    })
}

async function listUpTo(client: TaskplaneClient, options: ListOptions): Promise<ListTasksResponse> {
  const { instance: serviceInstanceId, filter, orderBy, limit } = options
  const page = (pageToken: string, pageSize: number): Promise<ListTasksResponse> =>
    client.list({ serviceInstanceId, filter, orderBy, pageToken, pageSize: Math.min(pageSize, PAGE_SIZE) })
  const list = await page('', limit)
  while (list.nextPageToken !== '' && list.tasks.length < limit) {
    const next = await page(list.nextPageToken, limit - list.tasks.length)
    list.tasks.push(...next.tasks)
    list.nextPageToken = next.nextPageToken
  }
  return list
}

function readCount(text: string): number {
  const count = Number(text)
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(count)) throw new Error(`--limit ${text}: expected a whole number, 1 or more`)
  return count
}
