// How much memory a process holds.
import { readFileSync } from 'node:fs'

/** Resident memory of the process, in MiB. */
export function residentMib(pid: number): number {
  const [, kib = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}
