// The first view of an instance: what runs, what waits, what failed, and the last hours as a picture.
import type { ComponentChildren, JSX } from 'preact'
import { listUrl, type Span } from '../address.js'
import { runFirst } from '../api/commands.js'
import type { Task } from '../api/task.js'
import { RUNNING, WAITING, type Status, type TaskCounts } from '../api/task.js'
import { ConnectionMark, ConnectionNotice } from '../parts/connection-mark.js'
import { useConsole } from '../parts/console-context.js'
import { CopyBox } from '../parts/copy-button.js'
import { Empty, Failure, Loading } from '../parts/notice.js'
import type { MessageKey } from '../text/messages.js'
import { failed, running, waiting, type Board } from './board.js'
import { FailedTask, RunningTask, WaitingTask } from './task-cards.js'
import { TimelinePicture } from './timeline-picture.js'
import { useBoard } from './use-board.js'

/** Tasks in each card; the list has the others. */
const SHOWN = { running: 12, waiting: 6, failed: 6 } as const

/** The view. */
export function Overview({ instance, span }: { readonly instance: string; readonly span: Span }): JSX.Element {
  const { say, server } = useConsole()
  const { board, counts, error, again, followed } = useBoard(instance)
  return (
    <>
      <header class="view-head">
        <h1 tabIndex={-1}>{instance}</h1>
        {(error === undefined || board !== undefined) && <ConnectionMark followed={followed} />}
      </header>
      <ConnectionNotice followed={followed} />
      {error !== undefined && board === undefined && <Failure error={error} again={again} />}
      {error === undefined && board === undefined && <Loading />}
      {board?.size === 0 && (
        <Empty icon="list" title={say('emptyInstance', { instance })}>
          <p>{say('emptyInstanceNote')}</p>
          <CopyBox label="taskplane run" text={runFirst(server, instance)} />
        </Empty>
      )}
      {board !== undefined && board.size > 0 && <Cards instance={instance} span={span} board={board} counts={counts} />}
    </>
  )
}

interface CardsProps {
  readonly instance: string
  readonly span: Span
  readonly board: Board
  readonly counts: TaskCounts | undefined
}

function Cards({ instance, span, board, counts }: CardsProps): JSX.Element {
  const { say } = useConsole()
  const count = (statuses: readonly Status[]): number => statuses.reduce((sum, status) => sum + Number(counts?.byStatus?.[status] ?? 0), 0)
  const card = (title: MessageKey, statuses: readonly Status[]): Omit<CardProps, 'children'> => ({
    title: say(title),
    more: count(statuses),
    href: listUrl(instance, { statuses }),
  })
  return (
    <>
      <Numbers instance={instance} counts={counts} count={count} />
      <TimelinePicture instance={instance} span={span} tasks={board} />
      <div class="columns">
        <Card {...card('runningNow', RUNNING)}>
          <Rows tasks={running(board).slice(0, SHOWN.running)} row={RunningTask} none="nothingRuns" note="nothingRunsNote" />
        </Card>
        <div class="stack">
          <Card {...card('failedLately', ['FAILED'])}>
            <Rows tasks={failed(board).slice(0, SHOWN.failed)} row={FailedTask} none="nothingFailed" />
          </Card>
          <Card {...card('waitingNow', WAITING)}>
            <Rows tasks={waiting(board).slice(0, SHOWN.waiting)} row={WaitingTask} none="nothingWaits" />
          </Card>
        </div>
      </div>
    </>
  )
}

interface NumbersProps {
  readonly instance: string
  readonly counts: TaskCounts | undefined
  readonly count: (statuses: readonly Status[]) => number
}

/** The numbers at the top, each a way into the list. */
function Numbers({ instance, counts, count }: NumbersProps): JSX.Element {
  const { say, format } = useConsole()
  const groups: [label: MessageKey, tone: string, statuses: readonly Status[]][] = [
    ['runningNow', 'running', RUNNING],
    ['waitingNow', 'pending', WAITING],
    ['succeededCount', 'succeeded', ['SUCCEEDED']],
    ['failedCount', 'failed', ['FAILED']],
    ['cancelledCount', 'cancelled', ['CANCELLED']],
  ]
  return (
    <ul class="numbers">
      {groups.map(([label, tone, statuses]) => (
        <li key={label}>
          <a href={listUrl(instance, { statuses })} class={`tone-${tone}`}>
            <span class="number-value">{counts === undefined ? '–' : format.number(count(statuses))}</span>
            <span class="number-label">{say(label)}</span>
            {statuses.length > 1 && <NumberParts statuses={statuses} counts={counts} />}
          </a>
        </li>
      ))}
      <li>
        <a href={listUrl(instance, {})}>
          <span class="number-value">{counts === undefined ? '–' : format.number(Number(counts.total ?? 0))}</span>
          <span class="number-label">{say('allTasks')}</span>
        </a>
      </li>
    </ul>
  )
}

/** How many stand where within a number; nothing while all stand at the first of its statuses. */
function NumberParts({ statuses, counts }: { readonly statuses: readonly Status[]; readonly counts: TaskCounts | undefined }): JSX.Element | null {
  const { say, format } = useConsole()
  const parts = statuses.flatMap((status) => {
    const count = Number(counts?.byStatus?.[status] ?? 0)
    return count === 0 ? [] : [{ status, text: `${say(status)}: ${format.number(count)}` }]
  })
  if (parts.every(({ status }) => status === statuses[0])) return null
  return <span class="number-parts">{parts.map(({ text }) => text).join(' · ')}</span>
}

interface CardProps {
  readonly title: string
  /** How many there are in all. */
  readonly more: number
  readonly href: string
  readonly children: ComponentChildren
}

function Card({ title, more, href, children }: CardProps): JSX.Element {
  const { say, format } = useConsole()
  return (
    <section class="card">
      <header class="card-head">
        <h2>{title}</h2>
        {more > 0 && <span class="count">{format.number(more)}</span>}
        <a href={href} aria-label={`${say('seeAll')}: ${title}`}>
          {say('seeAll')}
        </a>
      </header>
      {children}
    </section>
  )
}

interface RowsProps {
  readonly tasks: readonly Task[]
  readonly row: (props: { readonly task: Task }) => JSX.Element
  /** What to say when there are none. */
  readonly none: MessageKey
  readonly note?: MessageKey
}

function Rows({ tasks, row: Row, none, note }: RowsProps): JSX.Element {
  const { say } = useConsole()
  if (tasks.length === 0) {
    return (
      <div class="quiet">
        <p>{say(none)}</p>
        {note !== undefined && <p>{say(note)}</p>}
      </div>
    )
  }
  return (
    <ul class="rows">
      {tasks.map((task) => (
        <li key={task.id}>
          <Row task={task} />
        </li>
      ))}
    </ul>
  )
}
