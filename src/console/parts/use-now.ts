// The time where the server is, as the page shows it.
import { useEffect, useState } from 'preact/hooks'
import { useConsole } from './console-context.js'

/** Milliseconds between two moments that the page shows. */
const TICK_MS = 1000

/** One timer for the whole page: its clocks move together, and a list of many is drawn once. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Milliseconds of the server's clock, anew every second. */
export function useNow(): number {
  const { now: read } = useConsole()
  const [now, setNow] = useState(read)
  useEffect(() => listen(() => setNow(read)), [read])
  return now
}

/** Calls `listener` every second until the result is called. */
function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => listeners.forEach((tell) => tell()), TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
