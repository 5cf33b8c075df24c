// Connections to the workers of a server, one to each: which worker has one is known from the log.
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { vi } from 'vitest'
import { ask, type HttpAnswer, type HttpQuestion } from './http-ask.js'
import type { ServerProcess } from './server-process.js'

/** What a server needs so that its log names the worker of each call. */
export const WORDY = { TASKPLANE_LOG_LEVEL: 'debug' }

/** One HTTP connection: whatever is asked goes to one worker. */
export interface WorkerConnection {
  readonly worker: number
  /** Asks for a path of the instance, such as `/tasks`; JSON goes with a POST. */
  ask(path: string, json?: unknown, more?: HttpQuestion): Promise<HttpAnswer>
  close(): void
}

/** A connection to each of `count` workers, by their numbers. */
export async function connectToEach(server: ServerProcess, count: number, instance = 'vdc-1'): Promise<WorkerConnection[]> {
  const found = new Map<number, WorkerConnection>()
  while (found.size < count) {
    const connection = await connectToOne(server, instance)
    if (found.has(connection.worker)) connection.close()
    else found.set(connection.worker, connection)
  }
  return [...found.values()].sort((a, b) => a.worker - b.worker)
}

async function connectToOne({ url, log }: ServerProcess, instance: string): Promise<WorkerConnection> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const base = `${url}/openshift/v1/${instance}`
  const requestId = randomUUID()
  await ask(`${base}/tasks/none`, { agent, headers: { 'x-request-id': requestId } })
  const logged = (): number => {
    const line = log.find((candidate) => candidate['requestId'] === requestId)
    if (line === undefined) throw new Error('The call is not in the log')
    return Number(line['worker'])
  }
  const worker = await vi.waitFor(logged, { timeout: 15_000 })
  return {
    worker,
    ask(path, json, more = {}) {
      const post = { method: 'POST', body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }
      return ask(base + path, { ...(json !== undefined && post), ...more, agent })
    },
    close: () => agent.destroy(),
  }
}
