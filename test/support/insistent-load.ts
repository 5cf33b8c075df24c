// Writers that go on whatever happens to the servers, and know what was acknowledged.
import { setTimeout as pause } from 'node:timers/promises'
import { Task } from '../../gen/openshift/v1/task.js'
import type { CallError } from '../../src/client/call-error.js'
import type { Replicas } from './replicas.js'

/** What came of it. */
export interface LoadReport {
  /** Request id of each create that was acknowledged, and its task. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** Codes of the calls that failed. */
  readonly codes: ReadonlySet<string>
  /** Milliseconds of the slowest call, failed or not. */
  readonly slowestMs: number
}

/** A load that runs. */
export interface InsistentLoad {
  /** Creates that were acknowledged so far. */
  readonly count: number
  /** Ends it, once the last create of each writer is acknowledged. */
  stop(): Promise<LoadReport>
}

/** Milliseconds before a create that failed is sent again. */
const AGAIN_MS = 100
/** Milliseconds that a caller gives its calls. */
export const DEADLINE_MS = 15_000

/** Starts `writers` that create tasks, each through the next server when one does not answer, with the same request id. */
export function startLoad({ client }: Pick<Replicas, 'client'>, serviceInstanceId: string, writers: number): InsistentLoad {
  const acknowledged = new Map<string, string>()
  const codes = new Set<string>()
  let slowestMs = 0
  let isOver = false
  const send = async (requestId: string, server: number): Promise<boolean> => {
    const begin = performance.now()
    try {
      const { id } = await client(server).create({ serviceInstanceId, task: Task.create({ command: 'c' }), requestId })
      acknowledged.set(requestId, id)
      return true
    } catch (error) {
      codes.add((error as CallError).code)
      return false
    } finally {
      slowestMs = Math.max(slowestMs, performance.now() - begin)
    }
  }
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; !isOver; number += 1) {
      for (let server = writer; !(await send(`r-${writer}-${number}`, server)); server += 1) await pause(AGAIN_MS)
    }
  }
  const writing = Array.from({ length: writers }, (_, writer) => write(writer))
  return {
    get count() {
      return acknowledged.size
    },
    async stop() {
      isOver = true
      await Promise.all(writing)
      return { acknowledged, codes, slowestMs }
    },
  }
}
