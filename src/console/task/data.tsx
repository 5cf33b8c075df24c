// What a task carries: metadata, response and error, decoded as far as the server knows their types.
import type { ComponentChildren, JSX } from 'preact'
import type { Task } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import type { MessageKey } from '../text/messages.js'
import { ErrorDetail } from './error-detail.js'
import { Fields } from './fields.js'
import { PayloadView } from './payload-view.js'

/** google.rpc.Code, by number. */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

/** The tab. */
export function Data({ task }: { readonly task: Task }): JSX.Element {
  const { say } = useConsole()
  const { metadata, response, error, statusDetails = [] } = task
  return (
    <div class="data">
      {error !== undefined && (
        <Section title="error">
          <p class="small">
            <span class="muted">{say('errorCode')}</span> <strong class="code">{CODES[error.code ?? 2] ?? ''}</strong> <span class="code muted">{error.code}</span>
          </p>
          <p>{error.message}</p>
          {(error.details ?? []).map((detail, index) => (
            <ErrorDetail key={index} detail={detail} />
          ))}
        </Section>
      )}
      <Section title="metadata">{metadata && <PayloadView any={metadata} />}</Section>
      <Section title="response">{response && <PayloadView any={response} />}</Section>
      {statusDetails.length > 0 && (
        <Section title="progress">
          <Fields value={statusDetails} />
        </Section>
      )}
    </div>
  )
}

function Section({ title, children }: { readonly title: MessageKey; readonly children: ComponentChildren }): JSX.Element {
  const { say } = useConsole()
  return (
    <section>
      <h3>{say(title)}</h3>
      {children ?? <p class="muted">{say('nothingHere')}</p>}
    </section>
  )
}
