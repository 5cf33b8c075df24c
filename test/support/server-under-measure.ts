// Starts a server that can be asked what it holds.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { LimitValues } from '../../src/set-limits.js'
import type { Calls } from './counted-store.js'
import { temporaryDirectory } from './temporary-directory.js'

/** What the server holds. */
export interface Measure {
  readonly load: { readonly waiters: number; readonly watchers: number }
  readonly sockets: number
  /** After a collection. */
  readonly heapBytes: number
  readonly rssBytes: number
  /** Calls of the store since the start. */
  readonly calls: Calls
}

export interface MeasuredServer {
  readonly address: string
  measure(): Promise<Measure>
  /** The measure once it is as `isReached` wants it, or after `timeoutMs`. */
  until(isReached: (measure: Measure) => boolean, timeoutMs: number): Promise<Measure>
}

/**
 * Starts a server that ends with the running test.
 *
 * @param limits those that are not as they come.
 */
export async function startMeasuredServer(limits: LimitValues = {}): Promise<MeasuredServer> {
  const program = fileURLToPath(new URL('measured-server.js', import.meta.url))
  const child = fork(program, [join(temporaryDirectory(), 'tasks.db'), JSON.stringify(limits)], { execArgv: ['--expose-gc'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [{ address }] = (await once(child, 'message')) as [{ address: string }]
  const measure = async (): Promise<Measure> => {
    const answer = once(child, 'message') as Promise<[Measure]>
    child.send('measure')
    return (await answer)[0]
  }
  const until: MeasuredServer['until'] = async (isReached, timeoutMs) => {
    const endsAt = performance.now() + timeoutMs
    for (;;) {
      const measured = await measure()
      if (isReached(measured) || performance.now() > endsAt) return measured
      await pause(20)
    }
  }
  return { address, measure, until }
}
