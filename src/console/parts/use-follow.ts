// Follows an instance for as long as a part of the page is looked at. A page in the background rests: browsers give a server
// six connections, and hidden pages should not take them from the one in sight.
import { useEffect, useRef, useState } from 'preact/hooks'
import { follow } from '../api/follow.js'
import type { Connection } from '../api/follow-listener.js'
import type { WatchAnswer } from '../api/task.js'
import { useConsole } from './console-context.js'

/** What to follow, once it is known from where. */
export interface Following {
  readonly instance: string
  /** What has been loaded, with its revision; undefined while nothing has. Another object begins anew. */
  readonly from: { readonly revision: string } | undefined
  /** As of ListTasks. Default: all tasks. */
  readonly filter?: string
  readonly onAnswers: (answers: readonly WatchAnswer[]) => void
  /** What is known cannot be gone on from: load again. */
  readonly onGap: () => void
}

/** How the follower stands, and a way to try again at once. */
export interface Followed {
  readonly connection: Connection | { readonly kind: 'resting' }
  readonly tryNow: () => void
}

/** Follows what happens after `from`. */
export function useFollow({ instance, from, filter = '', onAnswers, onGap }: Following): Followed {
  const { send } = useConsole()
  const [connection, setConnection] = useState<Connection>({ kind: 'connecting' })
  const [round, setRound] = useState(0)
  const isVisible = useVisibility()
  const heard = useRef({ onAnswers, onGap })
  heard.current = { onAnswers, onGap }
  const position = useRef({ from, after: '0' })
  useEffect(() => {
    if (from === undefined || !isVisible) return
    // From where it was already gone on from: not again from its beginning.
    if (position.current.from !== from) position.current = { from, after: from.revision }
    const known = position.current
    const left = new AbortController()
    const listener = {
      onConnection: setConnection,
      onAnswers: (answers: readonly WatchAnswer[]) => {
        known.after = answers.at(-1)?.revision ?? known.after
        heard.current.onAnswers(answers)
      },
    }
    follow(send, { instance, filter, after: known.after }, listener, left.signal).then(
      () => heard.current.onGap(),
      () => undefined, // nobody looks any more
    )
    return () => left.abort()
  }, [send, instance, filter, from, isVisible, round])
  return { connection: isVisible ? connection : { kind: 'resting' }, tryNow: () => setRound((before) => before + 1) }
}

function useVisibility(): boolean {
  const [isVisible, setVisible] = useState(!document.hidden)
  useEffect(() => {
    const hear = (): void => setVisible(!document.hidden)
    document.addEventListener('visibilitychange', hear)
    return () => document.removeEventListener('visibilitychange', hear)
  }, [])
  return isVisible
}
