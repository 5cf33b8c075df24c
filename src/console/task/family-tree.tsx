// The parts of a task as a tree.
import type { JSX } from 'preact'
import { taskUrl } from '../address.js'
import { useConsole } from '../parts/console-context.js'
import { Icon } from '../parts/icons.js'
import { ProgressCell } from '../parts/progress-bar.js'
import { TaskStatus } from '../parts/status-pill.js'
import { Took } from '../parts/time.js'
import { aboutOf } from '../parts/about.js'
import { branches, type Branch, type Family } from './family.js'

interface TreeProps {
  readonly instance: string
  readonly rootId: string
  readonly family: Family
  /** Loads the parts of a part. */
  readonly open: (partId: string) => void
}

/** The card of the tree; nothing for a task without parts. */
export function FamilyTree({ instance, rootId, family, open }: TreeProps): JSX.Element | null {
  const { say, format } = useConsole()
  const lines = branches(family, rootId)
  if (lines.length === 0) return null
  return (
    <section class="card">
      <header class="card-head">
        <h2>{say('parts')}</h2>
        <span class="count">{format.number(lines.length)}</span>
      </header>
      <ul class="tree">
        {lines.map((branch) => (
          <li key={branch.task.id} style={{ '--depth': branch.depth }}>
            <BranchLine instance={instance} branch={branch} open={open} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function BranchLine({ instance, branch, open }: { readonly instance: string; readonly branch: Branch; readonly open: (partId: string) => void }): JSX.Element {
  const { say } = useConsole()
  const { task, isOpen } = branch
  return (
    <>
      <span class="tree-name">
        <a href={taskUrl(instance, task.id)}>{task.command}</a>
        <span class="muted about">{aboutOf(task)}</span>
        {!isOpen && (
          <button type="button" class="quiet-button" aria-label={say('showParts', { name: task.command })} onClick={() => open(task.id)}>
            <Icon name="down" />
          </button>
        )}
      </span>
      <ProgressCell task={task} />
      <span class="muted small">
        <Took from={task.startedAt} to={task.endedAt} />
      </span>
      <TaskStatus task={task} />
    </>
  )
}
