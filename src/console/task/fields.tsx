// Any JSON value, laid out to be read: names beside values, lists below each other.
import type { JSX } from 'preact'
import { useConsole } from '../parts/console-context.js'

/** The value. */
export function Fields({ value }: { readonly value: unknown }): JSX.Element {
  const { say } = useConsole()
  if (typeof value !== 'object' || value === null) return <span class="code">{String(value)}</span>
  const entries = Object.entries<unknown>(value as Readonly<Record<string, unknown>>)
  if (entries.length === 0) return <span class="muted">{say('nothingHere')}</span>
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object')
    if (isPlain) return <span class="code">{value.map(String).join(', ')}</span>
    return (
      <ol class="fields-list">
        {entries.map(([index, item]) => (
          <li key={index}>
            <Fields value={item} />
          </li>
        ))}
      </ol>
    )
  }
  return (
    <dl class="fields">
      {entries.map(([name, item]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Fields value={item} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
