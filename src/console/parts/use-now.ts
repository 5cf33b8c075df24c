// The time, as the page shows it.
import { useEffect, useState } from 'preact/hooks'

/** Milliseconds of Date.now(), anew every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
