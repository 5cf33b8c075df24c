// What happened to a task: who did what, when, and why.
import type { JSX } from 'preact'
import type { TaskEvent } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { StatusPill } from '../parts/status-pill.js'
import { Moment } from '../parts/time.js'
import { MESSAGES, type MessageKey } from '../text/messages.js'
import { chapters, type Chapter } from './events.js'

/** The history, what happened last first. */
export function History({ events }: { readonly events: readonly TaskEvent[] }): JSX.Element {
  const { say } = useConsole()
  if (events.length === 0) return <p class="quiet">{say('historyEmpty')}</p>
  return (
    <ol class="history">
      {chapters(events)
        .toReversed()
        .map((chapter) => (
          <li key={chapter.event.revision} class={`tone-${(chapter.event.to ?? 'PENDING').toLowerCase()}`}>
            <ChapterLine chapter={chapter} />
          </li>
        ))}
    </ol>
  )
}

function ChapterLine({ chapter }: { readonly chapter: Chapter }): JSX.Element {
  const { say, format } = useConsole()
  const { event, count, afterMs } = chapter
  const { kind, from, to, actor, reason, at } = event
  return (
    <>
      <p class="history-title">
        <strong>{count > 1 ? say('updatesFolded', { count: format.number(count) }) : titleOf(kind, say)}</strong>
        {actor !== undefined && <span class="muted">{say('by', { name: actor })}</span>}
        {from !== to && to !== undefined && to !== kind && <StatusPill status={to} />}
      </p>
      {reason !== undefined && <p class="history-reason">{reason}</p>}
      <p class="muted small">
        <Moment at={at} />
        {afterMs !== undefined && afterMs >= 1000 && ` · +${format.duration(afterMs)}`}
        {` · ${say('revision')} ${event.revision}`}
      </p>
    </>
  )
}

/** The words for an event; its own name when a newer server knows more kinds. */
function titleOf(kind: string, say: (key: MessageKey) => string): string {
  const key = `event${kind}`
  return key in MESSAGES ? say(key as MessageKey) : kind
}
