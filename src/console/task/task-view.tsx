// One task: where it stands, what it is made of, what happened to it, and what can be asked of it.
import type { JSX } from 'preact'
import { listUrl, TABS, taskUrl, type Tab } from '../address.js'
import { ApiError } from '../api/api-error.js'
import { curlTask, grpcurlTask } from '../api/commands.js'
import { isEnded } from '../api/task.js'
import { ConnectionMark, ConnectionNotice } from '../parts/connection-mark.js'
import { useConsole } from '../parts/console-context.js'
import { CopyBox } from '../parts/copy-button.js'
import { Menu } from '../parts/menu.js'
import { Empty, Failure, Loading } from '../parts/notice.js'
import { ProgressBar, progressText } from '../parts/progress-bar.js'
import { TaskStatus } from '../parts/status-pill.js'
import { Controls } from './controls.js'
import { Data } from './data.js'
import { Details } from './details.js'
import { Faces } from './faces.js'
import { FamilyTree } from './family-tree.js'
import { History } from './history.js'
import { LeaseState } from './lease-state.js'
import type { TaskState } from './task-state.js'
import { useTask, type LiveTask } from './use-task.js'

interface TaskProps {
  readonly instance: string
  readonly taskId: string
  readonly tab: Tab
}

/** The view. */
export function TaskView({ instance, taskId, tab }: TaskProps): JSX.Element {
  const { say } = useConsole()
  const live = useTask(instance, taskId)
  const { state, error } = live
  if (state === undefined && error === undefined) return <Loading />
  if (state === undefined) {
    if (!(error instanceof ApiError) || error.httpStatus !== 404) return <Failure error={error ?? new Error(taskId)} again={live.again} />
    return (
      <Empty icon="search" title={say('taskMissing')}>
        <p>{say('taskMissingNote', { id: taskId, instance })}</p>
        <a href={listUrl(instance, {})}>{say('allTasks')}</a>
      </Empty>
    )
  }
  const { task, seenAt, isDeleted, family, events } = state
  return (
    <>
      <Head state={state} live={live} />
      <ConnectionNotice followed={live.followed} />
      {isDeleted && <p class="notice is-warning">{say('taskDeleted')}</p>}
      <div class={`task-columns ${tab === 'faces' ? 'is-wide' : ''}`}>
        <div class="stack">
          <FamilyTree instance={instance} rootId={taskId} family={family} open={live.open} />
          <section class="card">
            <Tabs instance={instance} taskId={taskId} tab={tab} />
            {tab === 'history' && <History events={events} />}
            {tab === 'data' && <Data task={task} />}
            {tab === 'faces' && <Faces instance={instance} taskId={taskId} revision={task.revision} />}
          </section>
        </div>
        <aside class="stack" aria-label={say('details')}>
          <LeaseState task={task} seenAt={seenAt} />
          <Details task={task} />
        </aside>
      </div>
    </>
  )
}

function Head({ state, live }: { readonly state: TaskState; readonly live: LiveTask }): JSX.Element {
  const { say, server } = useConsole()
  const { task, isDeleted } = state
  const { serviceInstanceId: instance, id } = task
  return (
    <>
      <header class="view-head">
        <h1 tabIndex={-1}>{task.command}</h1>
        <TaskStatus task={task} />
        <ConnectionMark followed={live.followed} />
        <span class="actions push">
          {!isDeleted && <Controls task={task} onTask={live.setTask} />}
          <Menu icon="copy" label={say('copyAs')}>
            <CopyBox label="curl" text={curlTask(server, instance, id)} />
            <CopyBox label="grpcurl" text={grpcurlTask(server, instance, id)} />
          </Menu>
        </span>
      </header>
      <p class="view-sub">
        <span class="code">{id}</span>
        {task.summary !== undefined && <span>{task.summary}</span>}
      </p>
      {task.description !== undefined && <p class="muted">{task.description}</p>}
      {!isEnded(task) && task.status !== 'PENDING' && (
        <div class="task-progress">
          <ProgressBar task={task} />
          <span class="muted">{progressText(task)}</span>
        </div>
      )}
      {task.status === 'FAILED' && task.error?.message !== undefined && <p class="notice is-failure">{task.error.message}</p>}
    </>
  )
}

function Tabs({ instance, taskId, tab }: TaskProps): JSX.Element {
  const { say } = useConsole()
  return (
    <nav class="tabs" aria-label={say('taskTabs')}>
      {TABS.map((one) => (
        <a key={one} href={taskUrl(instance, taskId, one)} aria-current={one === tab ? 'page' : undefined}>
          {say(one)}
        </a>
      ))}
    </nav>
  )
}
