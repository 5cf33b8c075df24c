// How many files and sockets a process has open. Linux only.
import { readdirSync } from 'node:fs'

/** File descriptors of the process. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
