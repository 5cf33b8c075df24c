// Everything that clients do, all the time: tasks go through their lives, readers list, wait, watch and leave.
import { setTimeout as pause } from 'node:timers/promises'
import { Task } from '../../gen/openshift/v1/task.js'
import { CallError } from '../../src/client/call-error.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import type { ServerProcess } from '../support/server-process.js'

/** What has been done. */
export interface LoadCount {
  lives: number
  reads: number
  /** Connections that were left after a while, with what watched on them. */
  reconnects: number
  readonly failures: Record<string, number>
}

const INSTANCES = 8
/** Milliseconds that a watcher stays. */
const STAY_MS = 5000

const instanceOf = (worker: number): string => `soak-${worker % INSTANCES}`

/** Aborts when `signal` does, and after STAY_MS at the latest. */
function staying(signal: AbortSignal): AbortSignal {
  const leave = new AbortController()
  const abort = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    leave.abort(new Error('left'))
  }
  const timer = setTimeout(abort, STAY_MS)
  signal.addEventListener('abort', abort)
  return leave.signal
}

/** Runs until `signal` aborts; resolves when everybody has left. */
export async function mixedLoad(server: ServerProcess, signal: AbortSignal): Promise<LoadCount> {
  const count: LoadCount = { lives: 0, reads: 0, reconnects: 0, failures: {} }
  const until = async (work: (worker: number) => Promise<void>, worker: number): Promise<void> => {
    while (!signal.aborted) {
      try {
        await work(worker)
      } catch (error) {
        const code = error instanceof CallError ? error.code : String(error)
        count.failures[code] = (count.failures[code] ?? 0) + 1
        await pause(100)
      }
    }
  }
  const works = { live, readOverHttp, list, watch, watchOverHttp }
  await Promise.all(Object.values(works).flatMap((work) => Array.from({ length: INSTANCES }, (_, worker) => until(work, worker))))
  return count

  async function live(worker: number): Promise<void> {
    const serviceInstanceId = instanceOf(worker)
    const client = new TaskplaneClient(server.addresses.grpc)
    try {
      for (let task = 0; task < 50 && !signal.aborted; task += 1) {
        const metadata = { typeUrl: 'example.com/acme.Cluster', value: Buffer.alloc(500) }
        const { id: taskId } = await client.create({ serviceInstanceId, task: Task.create({ command: 'soak', labels: { worker: String(worker) }, metadata }) })
        await client.start({ serviceInstanceId, taskId })
        const waiting = client.wait({ serviceInstanceId, taskId })
        await client.update({ serviceInstanceId, taskId, task: Task.create({ progressPercent: 50 }), updateMask: ['progress_percent'] })
        await client.complete({ serviceInstanceId, taskId })
        await waiting
        if (task % 2 === 0) await client.delete({ serviceInstanceId, taskId })
        count.lives += 1
        await pause(20)
      }
    } finally {
      client.close()
    }
  }

  async function list(worker: number): Promise<void> {
    const client = new TaskplaneClient(server.addresses.grpc)
    try {
      for (let read = 0; read < 50 && !signal.aborted; read += 1) {
        await client.list({ serviceInstanceId: instanceOf(worker), filter: 'status = SUCCEEDED', pageSize: 50 })
        count.reads += 1
        await pause(50)
      }
    } finally {
      client.close()
    }
  }

  async function readOverHttp(worker: number): Promise<void> {
    const response = await fetch(`${server.url}/openshift/v1/${instanceOf(worker)}/tasks?pageSize=20`)
    await response.text()
    if (!response.ok) throw new CallError('UNKNOWN', `HTTP ${response.status}`)
    count.reads += 1
    await pause(50)
  }

  async function watch(worker: number): Promise<void> {
    const reader = new TaskReader({ address: server.addresses.grpc, instance: instanceOf(worker) })
    const leave = staying(signal)
    try {
      for await (const answer of reader.watch({ signal: leave, snapshot: worker % 2 === 0 })) count.reads += answer.event === undefined ? 0 : 1
    } catch (error) {
      if (!leave.aborted) throw error
    } finally {
      reader.close()
      count.reconnects += 1
    }
  }

  async function watchOverHttp(worker: number): Promise<void> {
    const leave = staying(signal)
    try {
      const headers = { accept: 'text/event-stream' }
      const response = await fetch(`${server.url}/openshift/v1/${instanceOf(worker)}/tasks:watch`, { headers, signal: leave })
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) count.reads += chunk.length > 0 ? 1 : 0
    } catch (error) {
      if (!leave.aborted) throw error
    } finally {
      count.reconnects += 1
    }
  }
}
