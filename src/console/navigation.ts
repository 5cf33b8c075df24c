// Moving about: links change the URL without a new page, and the URL decides what is shown.
import { useEffect, useState } from 'preact/hooks'
import { readAddress, type Address } from './address.js'

/** Where the page is, and what was put into its history with it. */
export interface Place {
  readonly address: Address
  readonly state: unknown
}

const MOVED = 'taskplane-moved'

/** Shows what is at `url`; `replace` without a step to come back over. */
export function go(url: string, { replace = false, state = null }: { readonly replace?: boolean; readonly state?: unknown } = {}): void {
  if (replace) history.replaceState(state, '', url)
  else history.pushState(state, '', url)
  window.dispatchEvent(new Event(MOVED))
}

/** Where the page is, always. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const hear = (): void => setPlace(here())
    const follow = (event: MouseEvent): void => followLink(event)
    window.addEventListener('popstate', hear)
    window.addEventListener(MOVED, hear)
    document.addEventListener('click', follow)
    return () => {
      window.removeEventListener('popstate', hear)
      window.removeEventListener(MOVED, hear)
      document.removeEventListener('click', follow)
    }
  }, [])
  return place
}

function here(): Place {
  return { address: readAddress(location.pathname, location.search), state: history.state as unknown }
}

/** Follows a link within the console, unless whoever clicked wants it elsewhere. */
function followLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const href = link?.getAttribute('href')
  if (!isPlain || event.defaultPrevented || href?.startsWith('/console') !== true || link?.hasAttribute('target') === true) return
  event.preventDefault()
  go(href)
}
