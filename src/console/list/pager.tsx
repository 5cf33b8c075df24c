// The pages of a list, both ways. Tokens lead forward only, so the way back is kept in the history of the browser.
import type { JSX } from 'preact'
import { addressUrl, type ListQuery } from '../address.js'
import { go } from '../navigation.js'
import { useConsole } from '../parts/console-context.js'
import { Icon } from '../parts/icons.js'
import type { ShownPage } from './page-after.js'

interface PagerProps {
  readonly instance: string
  readonly query: ListQuery
  readonly state: unknown
  /** Token of the next page; empty on the last one. */
  readonly next: string
  readonly page: ShownPage
}

/** The bar below the table. */
export function Pager({ instance, query, state, next, page }: PagerProps): JSX.Element {
  const { say, format } = useConsole()
  const before = tokensBefore(state)
  const turn = (token: string, tokens: readonly string[]): void => {
    go(addressUrl({ view: 'list', instance, query: { ...query, page: token } }), { state: { before: tokens } })
    window.scrollTo({ top: 0 })
  }
  // Who came by a link has no way back but to the beginning.
  const back = (): void => turn(before.at(-1) ?? '', before.slice(0, -1))
  const isLost = query.page !== '' && before.length === 0
  const isEmpty = page.tasks.length === 0
  return (
    <nav class="pager" aria-label={say('pages')}>
      <span class="muted">
        {say('shown', { count: format.number(page.tasks.length) })}
        {page.newer > 0 && ` · ${say('newerTasks', { count: format.number(page.newer) })}`}
      </span>
      <button type="button" disabled={query.page === ''} onClick={back}>
        <Icon name="left" />
        {say(isLost ? 'toFirstPage' : 'previousPage')}
      </button>
      <button type="button" disabled={next === ''} onClick={() => turn(next, [...before, query.page])}>
        {say(isEmpty && next !== '' ? 'lookFurther' : 'nextPage')}
        <Icon name="right" />
      </button>
    </nav>
  )
}

/** The tokens of the pages before this one, the first page's empty one first. */
function tokensBefore(state: unknown): readonly string[] {
  const before: unknown = typeof state === 'object' && state !== null && 'before' in state ? state.before : []
  return Array.isArray(before) ? before.filter((token): token is string => typeof token === 'string') : []
}
