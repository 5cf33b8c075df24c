// The fields of a task that are one word or one moment each.
import type { ComponentChildren, JSX } from 'preact'
import { listUrl, taskUrl } from '../address.js'
import type { Task } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { Moment, Took } from '../parts/time.js'
import { MESSAGES, type MessageKey } from '../text/messages.js'

/** The card. */
export function Details({ task }: { readonly task: Task }): JSX.Element {
  const { say } = useConsole()
  return (
    <section class="card">
      <header class="card-head">
        <h2>{say('details')}</h2>
      </header>
      <dl class="details">
        {fieldsOf(task).map(([label, value]) =>
          value === undefined ? null : (
            <div key={label}>
              <dt>{say(label)}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
        {task.endReason !== undefined && (
          <div>
            <dt>{say('endReason')}</dt>
            <dd>{task.endReason in MESSAGES ? say(task.endReason as MessageKey) : task.endReason}</dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function fieldsOf(task: Task): [label: MessageKey, value: ComponentChildren][] {
  const { serviceInstanceId: instance, resource, parentTaskId } = task
  const moment = (at: string | undefined): ComponentChildren => at && <Moment at={at} />
  const link = (label: string | undefined, href: string): ComponentChildren => label && <a href={href}>{label}</a>
  return [
    ['partOf', parentTaskId && <a class="code" href={taskUrl(instance, parentTaskId)}>{parentTaskId.slice(0, 8)}…</a>],
    ['resource', resource && [resource.type, resource.name ?? resource.id].filter((part) => part !== undefined).join(' ')],
    ['service', link(task.service, listUrl(instance, { service: task.service ?? '' }))],
    ['createdBy', link(task.createdBy, listUrl(instance, { createdBy: task.createdBy }))],
    ['createdAt', moment(task.createdAt)],
    ['startedAt', moment(task.startedAt)],
    ['endedAt', moment(task.endedAt)],
    ['duration', task.startedAt && <Took from={task.startedAt} to={task.endedAt} />],
    ['deadline', moment(task.deadline)],
    ['labels', task.labels && <Labels instance={instance} labels={task.labels} />],
    ['revision', task.revision],
  ]
}

function Labels({ instance, labels }: { readonly instance: string; readonly labels: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <ul class="labels">
      {Object.entries(labels).map(([key, value]) => (
        <li key={key}>
          <a href={listUrl(instance, { label: `${key}=${value}` })}>
            {key}={value}
          </a>
        </li>
      ))}
    </ul>
  )
}
