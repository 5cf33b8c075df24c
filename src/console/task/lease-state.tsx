// Who does the work, and whether it still says so.
import type { JSX } from 'preact'
import { isEnded, type Task } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { useNow } from '../parts/use-now.js'
import { durationMs } from '../text/format.js'
import { OpenRequests } from './controls.js'

interface LeaseProps {
  readonly task: Task
  /** When the task was asked for last, in milliseconds of the server's clock. */
  readonly seenAt: number
}

/** The card of a lease, with what its owner has been asked for. */
export function LeaseState({ task, seenAt }: LeaseProps): JSX.Element | null {
  const { say, format } = useConsole()
  const now = useNow()
  const { lease } = task
  if (lease === undefined || isEnded(task)) return null
  const expiresAt = Date.parse(lease.expiresAt ?? '')
  const ttlMs = durationMs(lease.ttl) ?? 0
  const leftMs = expiresAt - now
  const attempt = { attempt: String(lease.attempt ?? 0), most: String(lease.maxAttempts ?? 1) }
  // That it was not renewed can only be said by who has looked since.
  const overdue = seenAt >= expiresAt ? 'leaseLapsed' : 'leaseUnknown'
  const holds = leftMs > 0 ? 'leaseLapses' : overdue
  const share = Math.min(Math.max(leftMs / ttlMs, 0), 1)
  return (
    <section class="card">
      <header class="card-head">
        <h2>{say('lease')}</h2>
      </header>
      {Number.isNaN(expiresAt) || lease.owner === undefined ? (
        <p class="muted">{say('leaseNobody')}</p>
      ) : (
        <>
          <p>{say('leaseOwner', { owner: lease.owner, ...attempt })}</p>
          <span class="bar lease-bar" aria-hidden="true">
            <span class="fill" style={{ width: `${share * 100}%` }} />
          </span>
          <p class="muted small">{say(holds, { time: format.duration(leftMs) })}</p>
          <p class="muted small">{say('heartbeatAgo', { time: format.ago(now - (expiresAt - ttlMs)) })}</p>
        </>
      )}
      <OpenRequests task={task} />
    </section>
  )
}
