// The console: the URL decides which view is shown, in the reader's language, to whoever has signed in.
import type { JSX } from 'preact'
import { useEffect, useErrorBoundary, useMemo, useRef, useState } from 'preact/hooks'
import { addressUrl, type Address } from './address.js'
import type { Server } from './api/commands.js'
import { Frame } from './frame.js'
import type { Session, SignInNeed } from './identity/session.js'
import type { ServerSettings } from './identity/settings.js'
import { SignIn } from './identity/sign-in.js'
import { ListView } from './list/list-view.js'
import { usePlace, type Place } from './navigation.js'
import { Overview } from './overview/overview.js'
import { ConsoleContext, useConsole, type Console } from './parts/console-context.js'
import { Broken, Empty } from './parts/notice.js'
import { remember, remembered, rememberInstance } from './remembered.js'
import { StartView } from './start-view.js'
import { TaskView } from './task/task-view.js'
import { Format } from './text/format.js'
import { LANGUAGES, message, type Language } from './text/messages.js'

interface AppProps {
  readonly session: Session
  /** The time where the server is, in milliseconds as of Date.now(). */
  readonly now: () => number
  readonly settings: ServerSettings
  /** Why signing in did not work before this page was loaded. */
  readonly problem: string | undefined
}

/** The console. */
export function App({ session, now, settings, problem }: AppProps): JSX.Element {
  const place = usePlace()
  const [language, setLanguage] = useState(firstLanguage)
  const need = useSignInNeed(session)
  const surroundings = useMemo(() => ({ ...surroundingsOf(session, settings, language), now }), [session, now, settings, language])
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  useArrival(place.address)
  const choose = (chosen: Language): void => {
    remember('language', chosen)
    setLanguage(chosen)
  }
  return (
    <ConsoleContext.Provider value={surroundings}>
      <Frame address={place.address} onLanguage={choose} onSignOut={session.isSignedIn ? () => signOut(session) : undefined}>
        <SafeView place={place} />
      </Frame>
      {need !== 'none' && <SignIn session={session} need={need} settings={settings.signIn} problem={problem} />}
    </ConsoleContext.Provider>
  )
}

/** The view, or that it could not be shown; another place is tried anew. */
function SafeView({ place }: { readonly place: Place }): JSX.Element {
  const [error, reset] = useErrorBoundary() as [unknown, () => void]
  useEffect(() => {
    if (error !== undefined) reset()
  }, [place])
  return error === undefined ? <View place={place} /> : <Broken error={error} again={reset} />
}

function View({ place }: { readonly place: Place }): JSX.Element {
  const { say } = useConsole()
  const { address, state } = place
  switch (address.view) {
    case 'start':
      return <StartView />
    case 'overview':
      return <Overview key={address.instance} instance={address.instance} span={address.span} />
    case 'list':
      return <ListView key={address.instance} instance={address.instance} query={address.query} state={state} />
    case 'task':
      return <TaskView key={`${address.instance}/${address.taskId}`} instance={address.instance} taskId={address.taskId} tab={address.tab} />
    case 'unknown':
      return (
        <Empty icon="search" title={say('pageUnknown')}>
          <a href={addressUrl({ view: 'start' })}>{say('startTitle')}</a>
        </Empty>
      )
  }
}

function surroundingsOf(session: Session, settings: ServerSettings, language: Language): Omit<Console, 'now'> {
  const server: Server = {
    origin: location.origin,
    grpc: `${location.hostname}:${settings.grpcPort}`,
    needsToken: settings.needsToken,
  }
  return { send: session.send, server, language, format: new Format(navigator.languages.find((tag) => tag.startsWith(language)) ?? language), say: (key, values) => message(language, key, values) }
}

/** The language that was chosen, or else the first of the browser's that there is. */
function firstLanguage(): Language {
  const wanted = [remembered('language') ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase())
  return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? 'en'
}

function signOut(session: Session): void {
  session.signOut()
  location.assign(addressUrl({ view: 'start' }))
}

function useSignInNeed(session: Session): SignInNeed {
  const [need, setNeed] = useState(session.need)
  useEffect(() => {
    const hear = (): void => setNeed(session.need)
    hear()
    return session.listen(hear)
  }, [session])
  return need
}

/** Says where one has arrived: in the title, and to a screen reader by moving its focus to the heading of the new view. */
function useArrival(address: Address): void {
  const shown = useRef<string | undefined>(undefined)
  const place = 'instance' in address ? [address.view, address.instance, address.view === 'task' ? address.taskId : ''].join(' ') : address.view
  useEffect(() => {
    const name = 'instance' in address ? `${address.instance} · Taskplane` : 'Taskplane'
    document.title = address.view === 'task' ? `${address.taskId.slice(0, 8)} · ${name}` : name
    if ('instance' in address) rememberInstance(address.instance)
    if (shown.current !== undefined) {
      window.scrollTo({ top: 0 })
      document.querySelector<HTMLElement>('#content')?.focus({ preventScroll: true })
    }
    shown.current = place
  }, [place])
}
