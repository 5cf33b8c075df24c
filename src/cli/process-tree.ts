// The processes that a process has started, and those that they have: as Linux tells in /proc, none elsewhere.
import { readdirSync, readFileSync } from 'node:fs'

/** Sends `signal` to processes; what has ended meanwhile is passed over. */
export function killAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended, or is not ours to end.
    }
  }
}

/** All that descend from the process `pid`, the nearest first. A process whose parent has ended belongs to nobody here. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child])
  const found: number[] = []
  for (let level = children.get(pid) ?? []; level.length > 0; level = level.flatMap((id) => children.get(id) ?? [])) {
    found.push(...level)
  }
  return found
}

/** Each process with its parent. Source: proc_pid_stat(5). */
function parents(): [number, number][] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
      const parent = parentOf(name)
      return parent === undefined ? [] : [[Number(name), parent]]
    })
  } catch {
    return []
  }
}

/** `PID (NAME) STATE PPID ...`, where the name may hold anything. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
