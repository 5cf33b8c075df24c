// The frame around every view: where one is, where one can go, and in which language and light.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { addressUrl, listUrl, type Address } from './address.js'
import { useConsole } from './parts/console-context.js'
import { Icon } from './parts/icons.js'
import { recentInstances, remember, remembered } from './remembered.js'
import { InstanceForm } from './start-view.js'
import { LANGUAGES, type Language, type MessageKey } from './text/messages.js'

interface FrameProps {
  readonly address: Address
  readonly onLanguage: (language: Language) => void
  /** Undefined while nobody is signed in. */
  readonly onSignOut: (() => void) | undefined
  readonly children: ComponentChildren
}

/** The frame. */
export function Frame({ address, onLanguage, onSignOut, children }: FrameProps): JSX.Element {
  const { say } = useConsole()
  return (
    <>
      <a class="skip" href="#content">
        {say('skipToContent')}
      </a>
      <header class="top">
        <a class="brand" href={addressUrl({ view: 'start' })}>
          <Mark />
          Taskplane
        </a>
        {'instance' in address && (
          <>
            <InstanceForm instance={address.instance} />
            <Rooms address={address} />
          </>
        )}
        <span class="top-tools">
          <a href="/docs" target="_blank" rel="noopener">
            {say('apiDocs')}
          </a>
          <LanguageChoice onLanguage={onLanguage} />
          <ThemeChoice />
          {onSignOut !== undefined && (
            <button type="button" class="quiet-button" onClick={onSignOut}>
              {say('signOut')}
            </button>
          )}
        </span>
      </header>
      <datalist id="recent-instances">
        {recentInstances().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

function Rooms({ address }: { readonly address: Extract<Address, { readonly instance: string }> }): JSX.Element {
  const { say } = useConsole()
  const { instance, view } = address
  return (
    <nav class="rooms" aria-label={say('mainNavigation')}>
      <a href={addressUrl({ view: 'overview', instance, span: 0 })} aria-current={view === 'overview' ? 'page' : undefined}>
        <Icon name="grid" />
        {say('overview')}
      </a>
      <a href={listUrl(instance, {})} aria-current={view === 'list' ? 'page' : view === 'task' ? 'true' : undefined}>
        <Icon name="list" />
        {say('tasks')}
      </a>
    </nav>
  )
}

function LanguageChoice({ onLanguage }: Pick<FrameProps, 'onLanguage'>): JSX.Element {
  const { say, language } = useConsole()
  return (
    <select class="bare" aria-label={say('language')} onChange={(event) => onLanguage(event.currentTarget.value as Language)}>
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag} selected={tag === language}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** The lights to choose from; '' is that of the system. */
const THEMES: readonly { readonly name: string; readonly label: MessageKey }[] = [
  { name: '', label: 'themeSystem' },
  { name: 'light', label: 'themeLight' },
  { name: 'dark', label: 'themeDark' },
]

function ThemeChoice(): JSX.Element {
  const { say } = useConsole()
  const [theme, setTheme] = useState(() => remembered('theme') ?? '')
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    remember('theme', theme)
  }, [theme])
  return (
    <select class="bare" aria-label={say('theme')} onChange={(event) => setTheme(event.currentTarget.value)}>
      {THEMES.map(({ name, label }) => (
        <option key={name} value={name} selected={name === theme}>
          {say(label)}
        </option>
      ))}
    </select>
  )
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8.5 10.25h9M12.5 16h11M8.5 21.75h6" />
    </svg>
  )
}
