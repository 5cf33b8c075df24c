// The time where the server is, as the page shows it.
import { useEffect, useState } from 'preact/hooks'
import { useConsole } from './console-context.js'

/** Milliseconds of the server's clock, anew every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const clock = useConsole()
  const [now, setNow] = useState(clock.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(clock.now), everyMs)
    return () => clearInterval(timer)
  }, [clock.now, everyMs])
  return now
}
