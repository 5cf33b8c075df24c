// Whether what is shown is what is: live, behind, or disconnected.
import type { JSX } from 'preact'
import { useConsole } from './console-context.js'
import type { Followed } from './use-follow.js'
import { Icon } from './icons.js'

/** The mark beside the title of a view. */
export function ConnectionMark({ followed }: { readonly followed: Followed }): JSX.Element {
  const { say, format } = useConsole()
  const { connection } = followed
  const isBehind = connection.kind === 'live' && connection.behindMs > 0
  const words = {
    connecting: () => say('connecting'),
    live: () => (isBehind ? say('behind', { time: format.duration(connection.behindMs) }) : say('live')),
    lost: () => say('disconnected'),
    resting: () => say('resting'),
  }
  return (
    <span class={`connection is-${isBehind ? 'behind' : connection.kind}`} role="status">
      <span class="beacon" aria-hidden="true" />
      {words[connection.kind]()}
    </span>
  )
}

/** What to know and do while there is no connection. */
export function ConnectionNotice({ followed }: { readonly followed: Followed }): JSX.Element | null {
  const { say, format } = useConsole()
  const { connection, tryNow } = followed
  if (connection.kind !== 'lost') return null
  return (
    <div class="notice is-warning" role="alert">
      <Icon name="plug" />
      <p>{say('lostNote', { time: format.moment(connection.since, Date.now()) })}</p>
      <button type="button" onClick={tryNow}>
        {say('tryNow')}
      </button>
    </div>
  )
}
