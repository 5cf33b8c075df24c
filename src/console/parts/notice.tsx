// What stands in place of what cannot be shown: why, and what to do.
import type { ComponentChildren, JSX } from 'preact'
import { ApiError, Unreachable } from '../api/api-error.js'
import { useConsole } from './console-context.js'
import { Icon, type IconName } from './icons.js'

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

/** Nothing is there, and that is no fault. */
export function Empty({ icon, title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2 class="empty-title">{title}</h2>
      {children}
    </div>
  )
}

/** Something could not be had. */
export function Failure({ error, again, children }: { readonly error: Error; readonly again: () => void; readonly children?: ComponentChildren }): JSX.Element {
  const { say } = useConsole()
  const isUnreachable = error instanceof Unreachable
  return (
    <div class="empty is-failure" role="alert">
      <Icon name={isUnreachable ? 'plug' : 'warning'} />
      <h2 class="empty-title">{say(titleOf(error))}</h2>
      <p>{isUnreachable ? say('unreachableNote') : error.message}</p>
      {error instanceof ApiError && error.reason !== '' && <p class="code">{error.reason}</p>}
      <p class="actions">
        <button type="button" class="primary" onClick={again}>
          {say('tryAgain')}
        </button>
        {children}
      </p>
    </div>
  )
}

/** A view that threw: what it got was not what the API says. */
export function Broken({ error, again }: { readonly error: unknown; readonly again: () => void }): JSX.Element {
  const { say } = useConsole()
  return (
    <div class="empty is-failure" role="alert">
      <Icon name="warning" />
      <h2 class="empty-title">{say('broken')}</h2>
      <p class="code">{String(error)}</p>
      <button type="button" class="primary" onClick={again}>
        {say('tryAgain')}
      </button>
    </div>
  )
}

/** While something is on its way. */
export function Loading(): JSX.Element {
  const { say } = useConsole()
  return (
    <p class="loading" role="status">
      <span class="beacon" aria-hidden="true" />
      {say('loading')}
    </p>
  )
}

function titleOf(error: Error): 'unreachable' | 'filterWrong' | 'refused' | 'pageGone' {
  if (error instanceof Unreachable) return 'unreachable'
  if (!(error instanceof ApiError)) return 'refused'
  if (error.reason === 'INVALID_FILTER') return 'filterWrong'
  return error.reason === 'INVALID_PAGE_TOKEN' || error.reason === 'PAGE_TOKEN_MISMATCH' ? 'pageGone' : 'refused'
}
