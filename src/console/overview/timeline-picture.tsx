// The last hours as a picture: one row per command, one bar per task, colour by outcome.
import type { JSX } from 'preact'
import { addressUrl, listUrl, SPANS, taskUrl, type Span } from '../address.js'
import { STATUSES } from '../api/task.js'
import { go } from '../navigation.js'
import { aboutOf } from '../parts/about.js'
import { useConsole } from '../parts/console-context.js'
import { statusWord, toneOf } from '../parts/status-pill.js'
import { useNow } from '../parts/use-now.js'
import type { Board } from './board.js'
import { ticks, timelineOf, type Bar, type Row, type Timeline } from './timeline.js'

/** Pixels. */
const LANE = 12
const BAR = 8
const PADDING = 8

/** Milliseconds of a span whose axis needs seconds. */
const SECONDS_BELOW_MS = 240_000

interface PictureProps {
  readonly instance: string
  readonly span: Span
  readonly tasks: Board
}

/** The card with the picture. */
export function TimelinePicture({ instance, span, tasks }: PictureProps): JSX.Element {
  const { say, format } = useConsole()
  const now = useNow()
  const timeline = timelineOf(tasks.values(), span, now)
  const { rows, hidden } = timeline
  const shown = rows.reduce((sum, { bars }) => sum + bars.length, 0)
  return (
    <section class="card timeline">
      <header class="card-head">
        <h2>{say('timeline')}</h2>
        <SpanChoice instance={instance} span={span} />
      </header>
      <p class="visually-hidden">{say('timelineNote', { rows: format.number(rows.length), tasks: format.number(shown) })}</p>
      {rows.length === 0 && <p class="quiet">{say('nothingLately')}</p>}
      {rows.map((row) => (
        <TimelineRow key={row.command} instance={instance} row={row} timeline={timeline} />
      ))}
      {hidden > 0 && <p class="muted small">{say('moreCommands', { count: format.number(hidden) })}</p>}
      <Axis timeline={timeline} />
    </section>
  )
}

/** The name of a command with what became of it, which is what a screen reader hears, and its bars. */
function TimelineRow({ instance, row, timeline }: { readonly instance: string; readonly row: Row; readonly timeline: Timeline }): JSX.Element {
  const { say, format } = useConsole()
  const { command, bars, lanes, counts } = row
  const height = lanes * LANE - (LANE - BAR) + 2 * PADDING
  const present = STATUSES.flatMap((status) => (counts.has(status) ? [{ status, count: counts.get(status) ?? 0 }] : []))
  const open = (event: MouseEvent): void => {
    const id = event.target instanceof Element ? event.target.getAttribute('data-task') : null
    if (id !== null) go(taskUrl(instance, id))
  }
  return (
    <div class="timeline-row">
      <a href={listUrl(instance, { command })} aria-label={[command, ...present.map(({ status, count }) => `${say(status)}: ${format.number(count)}`)].join(', ')}>
        {command}
      </a>
      <svg width="100%" height={height} aria-hidden="true" onClick={open}>
        {marks(timeline).map(({ at, x }) => (
          <line key={at} class="tick" x1={x} x2={x} y1="0" y2={height} />
        ))}
        {bars.map((bar) => (
          <BarShape key={bar.task.id} bar={bar} />
        ))}
      </svg>
    </div>
  )
}

function BarShape({ bar }: { readonly bar: Bar }): JSX.Element {
  const { say } = useConsole()
  const { task, start, end, lane } = bar
  const title = [task.command, aboutOf(task), say(statusWord(task))].filter((part) => part !== '').join(' · ')
  return (
    <rect
      class={`timeline-bar ${toneOf(task)}`}
      data-task={task.id}
      x={percent(start)}
      width={percent(end - start)}
      y={PADDING + lane * LANE}
      height={BAR}
    >
      <title>{title}</title>
    </rect>
  )
}

function Axis({ timeline }: { readonly timeline: Timeline }): JSX.Element {
  const { format } = useConsole()
  return (
    <div class="timeline-axis" aria-hidden="true">
      {marks(timeline).map(({ at, x }) => (
        <span key={at} style={{ left: x }}>
          {format.clock(at, timeline.to - timeline.from < SECONDS_BELOW_MS)}
        </span>
      ))}
    </div>
  )
}

function SpanChoice({ instance, span }: Pick<PictureProps, 'instance' | 'span'>): JSX.Element {
  const { say, format } = useConsole()
  const label = (hours: Span): string => {
    if (hours === 0) return say('spanAuto')
    return hours < 1 ? say('spanMinutes', { count: format.number(hours * 60) }) : say('spanHours', { count: format.number(hours) })
  }
  return (
    <nav class="choice" aria-label={say('span')}>
      {SPANS.map((hours) => (
        <a key={hours} href={addressUrl({ view: 'overview', instance, span: hours })} aria-current={hours === span ? 'true' : undefined}>
          {label(hours)}
        </a>
      ))}
    </nav>
  )
}

function marks({ from, to }: Timeline): { readonly at: number; readonly x: string }[] {
  return ticks(from, to, 6).map((at) => ({ at, x: percent((at - from) / (to - from)) }))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`
}
