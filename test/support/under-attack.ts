// A server under attack: what it holds at its worst meanwhile, and how somebody else is served.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { BystanderData } from './bystander-worker.js'
import type { Latencies } from './latencies.js'
import { residentMib } from './process-memory.js'
import type { ServerProcess } from './server-process.js'

/** What an attack did. */
export interface AttackReport {
  /** Resident memory at its highest during the attack, in MiB, and by how much it grew. */
  readonly peakMib: number
  readonly growthMib: number
  readonly others: Latencies
}

/** Milliseconds that somebody else reads, at least: some attacks end at once. */
const LEAST_MS = 3000

/** Runs `attack` while somebody else reads. */
export async function underAttack({ pid, addresses, url }: ServerProcess, attack: () => Promise<unknown>): Promise<AttackReport> {
  const workerData: BystanderData = { grpc: addresses.grpc, url }
  const bystander = new Worker(new URL('./bystander-worker.js', import.meta.url), { workerData })
  try {
    await once(bystander, 'message')
    // The highest since now (proc(5), clear_refs).
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    const before = residentMib(pid)
    await Promise.all([attack(), pause(LEAST_MS)])
    const report = once(bystander, 'message') as Promise<[Latencies]>
    bystander.postMessage('enough')
    const [others] = await report
    const [, kib = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    const peakMib = Number(kib) / 1024
    return { peakMib, growthMib: peakMib - before, others }
  } finally {
    await bystander.terminate()
  }
}
