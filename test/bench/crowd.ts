// Many callers that wait: what each takes of memory, and how soon all of them hear of a write.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { PinnedProcess } from './pinned-process.js'
import { Product } from './product.js'
import { newTask } from './seed.js'

const INSTANCE = 'crowd'
/** Tasks that begin while watchers follow. */
const WRITES = 8
const LIMITS = [
  'watch.watchers=20000,watch.tenantWatchers=20000,watch.waiters=20000,watch.tenantWaiters=20000,http.connections=20000',
  'grpc.connections=20000,grpc.connectionsPerAddress=20000',
].join(',')

/** A number of callers of a kind. */
interface Crowd {
  readonly name: string
  readonly size: number
  /** What each of them sends about a task; nothing for a connection that is idle. */
  readonly request?: (taskId: string) => string
  /** The metric that says how many of them there are. */
  readonly gauge?: string
  /** What the answer of each holds when it has heard of the write with this revision. */
  readonly mark?: (revision: number) => string
  /** Writes that begin a task, before the one that ends the task they ask for. Default: none. */
  readonly begins?: number
}

const WATCH: Omit<Crowd, 'size'> = {
  name: 'watcher over SSE',
  request: () => get(`/openshift/v1/${INSTANCE}/tasks:watch`, 'text/event-stream'),
  gauge: 'taskplane_watchers',
  mark: (revision) => `id: ${revision}\n`,
  begins: WRITES,
}
const WAIT: Omit<Crowd, 'size'> = {
  name: 'waiter over REST',
  request: (taskId) => get(`/openshift/v1/${INSTANCE}/tasks/${taskId}:wait?timeout=60s`, 'application/json'),
  gauge: 'taskplane_waiters',
  mark: () => '"FAILED"',
}

/** Measures every kind of crowd on a server of its own, with an empty store. `quick`: smaller ones. */
export async function measureCrowds(path: string, { quick }: { readonly quick: boolean }): Promise<string[]> {
  const few = 1000
  const crowds: Crowd[] = [{ name: 'idle connection', size: few }, { ...WATCH, size: few }, { ...WAIT, size: few }]
  if (!quick) crowds.push({ ...WATCH, size: 10_000 })
  const lines: string[] = []
  for (const [index, crowd] of crowds.entries()) lines.push(await measureCrowd(`${path}-${index}`, crowd))
  return lines
}

async function measureCrowd(path: string, { name, size, request, gauge, mark, begins = 0 }: Crowd): Promise<string> {
  const product = await Product.startEmpty(path, { limits: LIMITS })
  const client = new TaskplaneClient(`127.0.0.1:${product.grpcPort}`)
  const { id: taskId } = await client.create({ serviceInstanceId: INSTANCE, task: newTask(0) })
  const before = product.server.residentBytes()
  const members = await Promise.all(Array.from({ length: size }, () => Member.join(product.httpPort, request?.(taskId) ?? '')))
  if (gauge !== undefined) while ((await product.metric(gauge)) < size) await pause(50)
  const each = (product.server.residentBytes() - before) / size / 1024
  const total = product.server.residentBytes() / 2 ** 20
  const times: number[] = []
  if (mark !== undefined) {
    const error = { code: 13, message: 'The end', details: [] }
    const begin = (): Promise<unknown> => client.create({ serviceInstanceId: INSTANCE, task: newTask(1) })
    const end = (): Promise<unknown> => client.fail({ serviceInstanceId: INSTANCE, taskId, error })
    const writes = [...Array.from({ length: begins }, () => begin), end]
    // The task that they ask for was the first write of the instance.
    for (const [index, write] of writes.entries()) times.push(await timeToReach(members, mark(index + 2), write))
  }
  const [first = 0] = times
  const usual = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  const heard = times.length === 0 ? '' : `; a write reaches all of them within ${usual.toFixed(0)} ms, the first within ${first.toFixed(0)}`
  for (const member of members) member.leave()
  client.close()
  await PinnedProcess.stop(product.server)
  return `${size} × ${name}: ${each.toFixed(1)} KiB each, ${total.toFixed(0)} MiB in all${heard}`
}

function get(path: string, accept: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`
}

/** One of a crowd: a connection, and what it has heard and not yet looked at. */
class Member {
  private readonly socket: Socket
  private heard = ''
  private look = (): void => undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.heard += bytes.toString('latin1')
      this.look()
    })
  }

  /** A connection that has sent `request`. */
  static async join(port: number, request: string): Promise<Member> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    if (request !== '') socket.write(request)
    return new Member(socket)
  }

  /** Resolves when it has heard `mark`. */
  hears(mark: string): Promise<void> {
    return new Promise((resolve) => {
      this.look = () => {
        if (!this.heard.includes(mark)) return
        this.heard = ''
        resolve()
      }
      this.look()
    })
  }

  leave(): void {
    this.socket.destroy()
  }
}

/** Milliseconds from before a write until the last of `members` has heard `mark`. */
async function timeToReach(members: readonly Member[], mark: string, write: () => Promise<unknown>): Promise<number> {
  const all = Promise.all(members.map((member) => member.hears(mark)))
  const began = performance.now()
  await Promise.all([write(), all])
  return performance.now() - began
}
