// One detail of an error, shown as what it is (google/rpc/error_details.proto).
import type { JSX } from 'preact'
import type { AnyJson } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { durationMs } from '../text/format.js'
import { Fields } from './fields.js'
import { isOfType } from './payload.js'
import { PayloadView } from './payload-view.js'

/** The detail. */
export function ErrorDetail({ detail }: { readonly detail: AnyJson }): JSX.Element {
  const { say, format } = useConsole()
  if (isOfType(detail, 'google.rpc.ErrorInfo')) {
    return (
      <div class="detail">
        <p class="small">
          <span class="muted">{say('reason')}</span> <strong class="code">{text(detail['reason'])}</strong>{' '}
          <span class="muted code">{text(detail['domain'])}</span>
        </p>
        <Fields value={detail['metadata'] ?? {}} />
      </div>
    )
  }
  if (isOfType(detail, 'google.rpc.BadRequest')) return <Violations violations={detail['fieldViolations']} />
  if (isOfType(detail, 'google.rpc.RetryInfo')) {
    const delay = durationMs(text(detail['retryDelay'])) ?? 0
    return <p class="detail small">{say('retryIn', { time: format.duration(delay) })}</p>
  }
  return (
    <div class="detail">
      <PayloadView any={detail} />
    </div>
  )
}

function Violations({ violations }: { readonly violations: unknown }): JSX.Element {
  const { say } = useConsole()
  const rows = Array.isArray(violations) ? (violations as readonly AnyJson[]) : []
  return (
    <div class="detail">
    <table>
      <thead>
        <tr>
          <th scope="col">{say('field')}</th>
          <th scope="col">{say('problem')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <td class="code">{text(row['field'])}</td>
            <td>{text(row['description'])}</td>
          </tr>
        ))}
      </tbody>
    </table>
    </div>
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
