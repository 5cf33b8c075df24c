// The rows of the list. Only those in sight are in the page, so that thousands cost no more than a screenful.
import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Task } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { TaskCell } from './task-cell.js'
import type { Column } from './columns.js'
import { rowWindow, type RowWindow } from './window.js'

/** Pixels of a row: in lines, and on a phone as a small card. As in styles/list.css. */
const ROW = 44
const CARD = 84
const NARROW = '(max-width: 700px)'

/** Width of each column, as of CSS grids. */
const WIDTHS: Readonly<Record<Column, string>> = {
  status: '11rem',
  command: 'minmax(10rem, 1.2fr)',
  about: 'minmax(8rem, 1.6fr)',
  progress: 'minmax(7rem, 10rem)',
  service: 'minmax(6rem, 1fr)',
  createdBy: 'minmax(7rem, 1fr)',
  createdAt: '7.5rem',
  startedAt: '7.5rem',
  endedAt: '7.5rem',
  duration: '7rem',
  labels: 'minmax(8rem, 1.4fr)',
  owner: 'minmax(7rem, 1fr)',
  revision: '6rem',
  id: '20rem',
}

interface TableProps {
  readonly instance: string
  readonly columns: readonly Column[]
  readonly tasks: readonly Task[]
  /** Whether others are on their way. */
  readonly isStale: boolean
}

/** The table. */
export function TaskTable({ instance, columns, tasks, isStale }: TableProps): JSX.Element {
  const { say } = useConsole()
  const body = useRef<HTMLDivElement>(null)
  const { first, end, rowHeight } = useRowsInSight(body, tasks.length)
  const template = { gridTemplateColumns: columns.map((column) => WIDTHS[column]).join(' ') }
  return (
    <div class={`table-frame ${isStale ? 'is-stale' : ''}`} tabIndex={0} role="region" aria-label={say('tasks')}>
      <div class="table" role="table" aria-label={say('tasks')} aria-rowcount={tasks.length + 1} aria-busy={isStale}>
        <div role="rowgroup">
          <div class="table-row table-head" role="row" aria-rowindex={1} style={template}>
            {columns.map((column) => (
              <span key={column} role="columnheader" class={`cell cell-${column}`}>
                {say(column)}
              </span>
            ))}
          </div>
        </div>
        <div class="table-body" role="rowgroup" ref={body} style={{ height: `${tasks.length * rowHeight}px` }}>
          {tasks.slice(first, end).map((task, index) => (
            <div
              key={task.id}
              class="table-row"
              role="row"
              aria-rowindex={first + index + 2}
              style={{ ...template, top: `${(first + index) * rowHeight}px` }}
            >
              {columns.map((column) => (
                <span key={column} role="cell" class={`cell cell-${column}`}>
                  <TaskCell instance={instance} task={task} column={column} />
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

/** The rows to draw, anew as the page is scrolled. */
function useRowsInSight(body: { readonly current: HTMLDivElement | null }, count: number): RowWindow & { readonly rowHeight: number } {
  const [sight, setSight] = useState({ scrolled: 0, height: window.innerHeight, rowHeight: ROW })
  useLayoutEffect(() => {
    let frame = 0
    const look = (): void => {
      const { current } = body
      if (current === null) return
      const rowHeight = window.matchMedia(NARROW).matches ? CARD : ROW
      setSight({ scrolled: -current.getBoundingClientRect().top, height: window.innerHeight, rowHeight })
    }
    const lookSoon = (): void => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(look)
    }
    look()
    window.addEventListener('scroll', lookSoon, { passive: true })
    window.addEventListener('resize', lookSoon)
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('scroll', lookSoon)
      window.removeEventListener('resize', lookSoon)
    }
  }, [body, count])
  return { ...rowWindow(count, sight.rowHeight, sight), rowHeight: sight.rowHeight }
}
