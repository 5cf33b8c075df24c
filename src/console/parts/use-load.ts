// Loads something for as long as it is looked at.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

/** Something that is loaded. */
export interface Load<T> {
  /** What `key` names; while it is loaded again, still what was loaded before. */
  readonly value: T | undefined
  /** What was loaded last, perhaps under another key. */
  readonly last: T | undefined
  readonly error: Error | undefined
  /** Loads it again. */
  readonly again: () => void
}

interface Loaded<T> {
  readonly key: string
  readonly value: T | undefined
  readonly last: T | undefined
  readonly error: Error | undefined
}

/** Loads what `key` names; another key loads anew. `load` rejects with the reason of its signal once nobody looks any more. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ key, value: undefined, last: undefined, error: undefined })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    const left = new AbortController()
    latest.current(left.signal).then(
      (value) => {
        if (!left.signal.aborted) setLoaded({ key, value, last: value, error: undefined })
      },
      (error: unknown) => {
        if (!left.signal.aborted) setLoaded(({ last }) => ({ key, value: undefined, last, error: error as Error }))
      },
    )
    return () => left.abort()
  }, [key, round])
  const again = useCallback(() => setRound((before) => before + 1), [])
  const isCurrent = loaded.key === key
  return { value: isCurrent ? loaded.value : undefined, last: loaded.last, error: isCurrent ? loaded.error : undefined, again }
}
