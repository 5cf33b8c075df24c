// The first page: whose tasks to show. No API lists the instances, so that their names have to be known.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { addressUrl } from './address.js'
import { go } from './navigation.js'
import { useConsole } from './parts/console-context.js'
import { Icon } from './parts/icons.js'
import { forgetInstance, recentInstances } from './remembered.js'

/** What a name may be; the rule of `service_instance_id`. */
const INSTANCE = '[A-Za-z0-9._~\\-]{1,128}'

/** The view. */
export function StartView(): JSX.Element {
  const { say } = useConsole()
  const [recent, setRecent] = useState(recentInstances)
  const forget = (instance: string): void => {
    forgetInstance(instance)
    setRecent(recentInstances())
  }
  return (
    <section class="start">
      <h1 tabIndex={-1}>{say('startTitle')}</h1>
      <p class="muted">{say('startNote')}</p>
      <InstanceForm instance="" />
      {recent.length > 0 && (
        <>
          <h2>{say('recentInstances')}</h2>
          <ul class="recent">
            {recent.map((instance) => (
              <li key={instance}>
                <a href={addressUrl({ view: 'overview', instance, span: 0 })}>{instance}</a>
                <button type="button" class="quiet-button" aria-label={say('forget', { name: instance })} onClick={() => forget(instance)}>
                  <Icon name="cross" />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** Where the name of an instance is typed. */
export function InstanceForm({ instance }: { readonly instance: string }): JSX.Element {
  const { say } = useConsole()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const name = new FormData(event.currentTarget as HTMLFormElement).get('instance')
    if (typeof name === 'string' && name !== '') go(addressUrl({ view: 'overview', instance: name, span: 0 }))
  }
  return (
    <form class="instance-form" onSubmit={submit}>
      <input
        key={instance}
        name="instance"
        defaultValue={instance}
        aria-label={say('instance')}
        placeholder={say('instance')}
        pattern={INSTANCE}
        title={say('instanceInvalid')}
        list="recent-instances"
        required
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
      />
      <button type="submit">{say('show')}</button>
    </form>
  )
}
