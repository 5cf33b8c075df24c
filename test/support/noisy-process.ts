// Starts a tenant that makes noise, and hears at the end how it fared.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Latencies } from './latencies.js'

/** How the tenant fared. */
export interface NoiseReport extends Latencies {
  /** Refusals for want of room that did not say when to come again. */
  readonly withoutDelay: number
  /** Watches that were refused. */
  readonly watchesRefused: number
}

interface Noise {
  /** `host:port` of gRPC. */
  readonly address: string
  readonly instance: string
  readonly callsPerSecond: number
  readonly watches: number
}

/** Begins, and answers how to end it. The tenant ends with the running test at the latest. */
export async function startNoisyTenant({ address, instance, callsPerSecond, watches }: Noise): Promise<() => Promise<NoiseReport>> {
  const program = fileURLToPath(new URL('noisy-tenant.js', import.meta.url))
  const child = fork(program, [address, instance, String(callsPerSecond), String(watches)])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child, 'message')
  return async () => {
    const report = once(child, 'message') as Promise<[NoiseReport]>
    child.send('report')
    return (await report)[0]
  }
}
