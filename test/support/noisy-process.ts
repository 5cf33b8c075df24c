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

/** What the tenant is told. */
export type NoiseOrder = 'begin' | 'pause' | 'report'

/** A tenant that watches all the time, and makes calls when it is told to. */
export interface NoisyTenant {
  begin(): void
  pause(): void
  /** How it fared; it ends then. */
  report(): Promise<NoiseReport>
}

/** Starts a tenant that ends with the running test at the latest. */
export async function startNoisyTenant({ address, instance, callsPerSecond, watches }: Noise): Promise<NoisyTenant> {
  const program = fileURLToPath(new URL('noisy-tenant.js', import.meta.url))
  const child = fork(program, [address, instance, String(callsPerSecond), String(watches)])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child, 'message')
  const tell = (order: NoiseOrder): boolean => child.send(order)
  return {
    begin: () => void tell('begin'),
    pause: () => void tell('pause'),
    async report() {
      const report = once(child, 'message') as Promise<[NoiseReport]>
      tell('report')
      return (await report)[0]
    },
  }
}
