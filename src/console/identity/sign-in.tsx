// Asks who uses the console, when the server wants to know.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useConsole } from '../parts/console-context.js'
import { authorizationUrl, type SignInSettings } from './code-flow.js'
import type { Session, SignInNeed } from './session.js'

interface SignInProps {
  readonly session: Session
  readonly need: Exclude<SignInNeed, 'none'>
  readonly settings: SignInSettings | undefined
  /** Why the last try did not work. */
  readonly problem: string | undefined
}

/** The dialog over the page; behind it the page stays as it was, and goes on after. Browsers close it at the second Escape whatever they are told. */
export function SignIn({ session, need, settings, problem }: SignInProps): JSX.Element {
  const { say } = useConsole()
  const dialog = useRef<HTMLDialogElement>(null)
  const show = (): void => dialog.current?.showModal()
  useEffect(show, [])
  return (
    <dialog ref={dialog} class="sign-in" aria-labelledby="sign-in" onCancel={(event) => event.preventDefault()} onClose={show}>
      <h2 id="sign-in">{say(need === 'again' ? 'signInAgain' : 'signInTitle')}</h2>
      {problem !== undefined && (
        <p class="notice is-failure" role="alert">
          {say('signInFailed', { reason: problem })}
        </p>
      )}
      {settings !== undefined && <ProviderButton settings={settings} />}
      <TokenForm session={session} />
    </dialog>
  )
}

function ProviderButton({ settings }: { readonly settings: SignInSettings }): JSX.Element {
  const { say } = useConsole()
  const [error, setError] = useState<Error>()
  const begin = (): void => {
    const here = { origin: location.origin, from: location.pathname + location.search }
    authorizationUrl(settings, sessionStorage, here).then(
      (url) => location.assign(url),
      (problem: unknown) => setError(problem as Error),
    )
  }
  return (
    <p>
      <button type="button" class="primary wide" onClick={begin}>
        {say('signInWith', { name: new URL(settings.issuer).host })}
      </button>
      {error !== undefined && <span class="notice is-failure">{error.message}</span>}
    </p>
  )
}

function TokenForm({ session }: { readonly session: Session }): JSX.Element {
  const { say } = useConsole()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token')
    // What is copied from a terminal brings line breaks along.
    if (typeof token === 'string') session.signIn(token.replaceAll(/\s/g, ''))
  }
  return (
    <form onSubmit={submit}>
      <label class="field">
        <span>{say('signInToken')}</span>
        <input type="password" name="token" required autoComplete="off" />
      </label>
      <p class="muted small">{say('signInNote')}</p>
      <p class="dialog-actions">
        <button type="submit" class="primary">
          {say('signIn')}
        </button>
      </p>
    </form>
  )
}
