// Where the filter of the list is filled in; it holds as one types.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { taskUrl } from '../address.js'
import { STATUSES, type Status } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { Icon } from '../parts/icons.js'
import type { MessageKey } from '../text/messages.js'
import { isBlank, NO_FILTER, type TaskFilter } from './task-filter.js'

/** Milliseconds after the last key before the list is asked for. */
const TYPING_MS = 250
const TASK_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type TextField = Exclude<keyof TaskFilter, 'statuses' | 'text'>

/** Fields beside the first: their labels and examples. */
const FIELDS: readonly { readonly name: TextField; readonly label: MessageKey; readonly example: string }[] = [
  { name: 'command', label: 'command', example: 'cluster.*' },
  { name: 'service', label: 'service', example: 'backup' },
  { name: 'createdBy', label: 'createdBy', example: 'ops@example.com' },
  { name: 'label', label: 'filterLabel', example: 'env=prod' },
  { name: 'expression', label: 'filterExpression', example: 'outcome = PARTIAL OR ended_at > "2026-01-31T00:00:00Z"' },
]

interface BarProps {
  readonly instance: string
  readonly filter: TaskFilter
  readonly onChange: (filter: TaskFilter) => void
}

/** The bar. */
export function FilterBar({ instance, filter, onChange }: BarProps): JSX.Element {
  const { say } = useConsole()
  const [draft, change] = useDraft(filter, onChange)
  const text = draft.text.trim()
  const hasMore = FIELDS.some(({ name }) => filter[name] !== '')
  return (
    <search class="filter-bar">
      <div class="filter-first">
        <label class="field search-field">
          <span>{say('filterText')}</span>
          <Icon name="search" />
          <input
            type="search"
            value={draft.text}
            placeholder={say('filterTextNote')}
            onInput={(event) => change({ ...draft, text: event.currentTarget.value })}
          />
        </label>
        <StatusChoice statuses={draft.statuses} onChange={(statuses) => change({ ...draft, statuses })} />
        {!isBlank(draft) && (
          <button type="button" class="quiet-button" onClick={() => change(NO_FILTER)}>
            <Icon name="cross" />
            {say('clearFilter')}
          </button>
        )}
      </div>
      {TASK_ID.test(text) && <a href={taskUrl(instance, text)}>{say('openTask', { id: text })}</a>}
      <details class="more-filters" open={hasMore}>
        <summary>{say('moreFilters')}</summary>
        <div class="filter-fields">
          {FIELDS.map(({ name, label, example }) => (
            <label key={name} class={`field field-${name}`}>
              <span>{say(label)}</span>
              <input value={draft[name]} placeholder={example} spellcheck={false} onInput={(event) => change({ ...draft, [name]: event.currentTarget.value })} />
            </label>
          ))}
        </div>
      </details>
    </search>
  )
}

function StatusChoice({ statuses, onChange }: { readonly statuses: readonly Status[]; readonly onChange: (statuses: readonly Status[]) => void }): JSX.Element {
  const { say } = useConsole()
  const toggle = (status: Status): void => {
    onChange(STATUSES.filter((one) => (one === status) !== statuses.includes(one)))
  }
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">{say('filterStatus')}</legend>
      {STATUSES.map((status) => (
        <button key={status} type="button" class={`chip tone-${status.toLowerCase()}`} aria-pressed={statuses.includes(status)} onClick={() => toggle(status)}>
          {say(status)}
        </button>
      ))}
    </fieldset>
  )
}

/** What is being typed, and what has been asked for: told once nobody types for a moment, and taken back when the URL says otherwise. */
function useDraft(filter: TaskFilter, onChange: (filter: TaskFilter) => void): [TaskFilter, (draft: TaskFilter) => void] {
  const [draft, setDraft] = useState(filter)
  const told = useRef(filter)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => {
    if (!isSame(filter, told.current)) setDraft(filter)
    told.current = filter
  }, [filter])
  useEffect(() => () => clearTimeout(timer.current), [])
  const change = (next: TaskFilter): void => {
    setDraft(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      told.current = next
      onChange(next)
    }, TYPING_MS)
  }
  return [draft, change]
}

function isSame(a: TaskFilter, b: TaskFilter): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
