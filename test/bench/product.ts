// The server that is measured, started as a user would, and what it is asked for.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GetTaskRequest, GetTaskResponse, ListTasksRequest, ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { PinnedProcess } from './pinned-process.js'
import { instanceName, type Scale } from './seed.js'

/** Tasks on each page that is asked for. */
export const PAGE_SIZE = 100
/** Instances that are asked for, all over the table. */
const SAMPLED = 200
const SERVER_CORE = '0'
/**
 * What is not measured: one load generator is many callers of an instance, a store that was seeded long ago has a history to purge,
 * and nobody has to hear that a server is about to stop.
 */
const LIMITS = [
  'call.tenantRate=1000000,call.tenantBurst=1000000,call.tenantCalls=1000',
  'store.purgeIntervalMs=2147483647,shutdown.delayMs=0',
].join(',')
const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

interface TaskPlace {
  readonly serviceInstanceId: string
  readonly taskId: string
  readonly etag: string
}

interface PagePlace {
  readonly serviceInstanceId: string
  readonly pageToken: string
  /** Of the first page of the instance. */
  readonly etag: string
}

interface Addresses {
  readonly grpc: string
  readonly http: string
  readonly admin: string
}

/** How a server is started beside what all have. */
export interface ServerSetup {
  /** More limits that are raised. */
  readonly limits?: string
  /** Processes that serve. Default: one, which is the server. */
  readonly workers?: number
  /** The processors that it may use, as taskset takes them. Default: one. */
  readonly cores?: string
}

/** A server with a seeded store. */
export class Product {
  /** Tasks all over the table. */
  readonly tasks: TaskPlace[] = []
  /** Pages in the middle of instances. */
  readonly pages: PagePlace[] = []
  readonly server: PinnedProcess
  readonly grpcPort: number
  readonly httpPort: number
  private readonly adminPort: number
  private readonly client: TaskplaneClient

  private constructor(server: PinnedProcess, { grpc, http, admin }: Addresses) {
    this.server = server
    this.grpcPort = portOf(grpc)
    this.httpPort = portOf(http)
    this.adminPort = portOf(admin)
    this.client = new TaskplaneClient(grpc)
  }

  /** Starts the built program on the store at `path`, on a core of its own and any free ports, and chooses what to ask for. */
  static async start(path: string, scale: Scale, setup?: ServerSetup): Promise<Product> {
    const product = await Product.startEmpty(path, setup)
    await product.choose(scale)
    return product
  }

  /** The same with nothing to ask for. */
  static async startEmpty(path: string, { limits, workers = 1, cores = SERVER_CORE }: ServerSetup = {}): Promise<Product> {
    const ports = ['grpc', 'http', 'admin'].flatMap((name) => [`--${name}-address`, '127.0.0.1:0'])
    const raised = limits === undefined ? LIMITS : `${LIMITS},${limits}`
    const words = ['serve', '--store', `sqlite:${path}`, '--workers', String(workers), '--limits', raised, ...ports]
    const { process, line } = await PinnedProcess.start(cores, [MAIN, ...words], '"ready"')
    return new Product(process, JSON.parse(line) as Addresses)
  }

  close(): void {
    this.client.close()
  }

  /** Writes a real answer of each kind, as bytes and as JSON, for the floors to answer. */
  async writeConstants(directory: string): Promise<Constants> {
    const [task, page] = [this.tasks[0], this.pages[0]]
    if (task === undefined || page === undefined) throw new Error('The store is empty')
    const write = (name: string, content: Uint8Array | string): string => {
      writeFileSync(join(directory, name), content)
      return join(directory, name)
    }
    const list = await this.client.list({ ...page, pageSize: PAGE_SIZE })
    return {
      bytes: [
        write('one', GetTaskResponse.encode({ task: await this.client.get(task) }).finish()),
        write('page', ListTasksResponse.encode(list).finish()),
      ],
      json: [write('one.json', await this.fetch(taskPath(task))), write('page.json', await this.fetch(pagePath(page)))],
    }
  }

  /** Throws unless every sample is answered with what it names. */
  async verify(): Promise<void> {
    for (const { etag, ...task } of this.tasks) {
      const found = JSON.parse(await this.fetch(taskPath(task))) as { task: { id: string; etag: string } }
      const same = await this.client.get(task)
      if (found.task.etag !== etag || same.etag !== etag || same.id !== task.taskId) throw new Error(`${task.taskId} is answered wrongly`)
    }
    for (const page of this.pages) {
      const { tasks } = JSON.parse(await this.fetch(pagePath(page))) as { tasks: { id: string }[] }
      const list = await this.client.list({ ...page, pageSize: PAGE_SIZE })
      const isSame = list.tasks.every(({ id }, index) => tasks[index]?.id === id)
      if (tasks.length !== PAGE_SIZE || !isSame) throw new Error(`A page of ${page.serviceInstanceId} is answered wrongly`)
    }
  }

  /** How many tasks an instance has. */
  async count(serviceInstanceId: string): Promise<number> {
    const { total } = await this.client.count({ serviceInstanceId })
    return Number(total)
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.adminPort}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  private async choose({ tasks, instances }: Scale): Promise<void> {
    const depth = Math.floor(tasks / instances) - PAGE_SIZE
    if (depth < 1) throw new Error('The store has too few tasks for a page in the middle of an instance')
    for (let sample = 0; sample < SAMPLED; sample += 1) {
      const serviceInstanceId = instanceName(Math.floor((sample * instances) / SAMPLED))
      const { tasks: found, nextPageToken } = await this.client.list({ serviceInstanceId, pageSize: 1 + ((sample * 31) % depth) })
      for (const { id, etag } of found.slice(-5)) this.tasks.push({ serviceInstanceId, taskId: id, etag })
      const etag = await this.etagOf(pagePath({ serviceInstanceId, pageToken: '' }))
      this.pages.push({ serviceInstanceId, pageToken: nextPageToken, etag })
    }
  }

  private async etagOf(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`)
    const etag = response.headers.get('etag')
    if (etag === null) throw new Error(`${path} has no etag`)
    const again = await fetch(response.url, { headers: { 'If-None-Match': etag } })
    if (again.status !== 304) throw new Error(`${path} answers ${again.status} to its own etag`)
    return etag
  }

  private async fetch(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`)
    if (!response.ok) throw new Error(`${path} answers ${response.status}`)
    return response.text()
  }
}

/** Files that the floors answer: one task, one page. */
export interface Constants {
  readonly bytes: readonly [one: string, page: string]
  readonly json: readonly [one: string, page: string]
}

export function taskPath({ serviceInstanceId, taskId }: Omit<TaskPlace, 'etag'>): string {
  return `/openshift/v1/${serviceInstanceId}/tasks/${taskId}`
}

/** The path of a page; of the first when it has no token. */
export function pagePath({ serviceInstanceId, pageToken }: Omit<PagePlace, 'etag'>): string {
  const token = pageToken === '' ? '' : `&pageToken=${encodeURIComponent(pageToken)}`
  return `/openshift/v1/${serviceInstanceId}/tasks?pageSize=${PAGE_SIZE}${token}`
}

export function taskRequest({ serviceInstanceId, taskId }: TaskPlace): Uint8Array {
  return GetTaskRequest.encode({ serviceInstanceId, taskId }).finish()
}

export function pageRequest({ serviceInstanceId, pageToken }: Omit<PagePlace, 'etag'>): Uint8Array {
  return ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId, pageToken, pageSize: PAGE_SIZE })).finish()
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
