// A moment as people say it, with the exact time at hand.
import type { JSX } from 'preact'
import { useConsole } from './console-context.js'
import { useNow } from './use-now.js'

/** How long ago `at` (RFC 3339) was. */
export function Ago({ at }: { readonly at: string }): JSX.Element {
  const { format } = useConsole()
  const now = useNow()
  const time = Date.parse(at)
  return (
    <time dateTime={at} title={format.dateTime(time)}>
      {format.ago(now - time)}
    </time>
  )
}

/** `at` (RFC 3339) as a time of the day, with the date when it is another one. */
export function Moment({ at }: { readonly at: string }): JSX.Element {
  const { format } = useConsole()
  const time = Date.parse(at)
  return (
    <time dateTime={at} title={format.dateTime(time)}>
      {format.moment(time, Date.now())}
    </time>
  )
}

/** How long something took from `from` on, or has taken until now. */
export function Took({ from, to }: { readonly from: string | undefined; readonly to: string | undefined }): JSX.Element | null {
  const { format } = useConsole()
  const now = useNow()
  if (from === undefined) return null
  return <span class="number">{format.duration((to === undefined ? now : Date.parse(to)) - Date.parse(from))}</span>
}
