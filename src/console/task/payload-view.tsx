// An Any, laid out to be read.
import type { JSX } from 'preact'
import type { AnyJson } from '../api/task.js'
import { useConsole } from '../parts/console-context.js'
import { Fields } from './fields.js'
import { payloadOf } from './payload.js'

/** Its fields when the server could read it, its bytes when not. */
export function PayloadView({ any }: { readonly any: AnyJson }): JSX.Element {
  const { say, format } = useConsole()
  const payload = payloadOf(any)
  return (
    <>
      <p class="code muted small">{payload.type}</p>
      {payload.kind === 'known' ? (
        <Fields value={payload.value} />
      ) : (
        <>
          <p class="muted small">{say('unknownType', { bytes: format.number(payload.bytes) })}</p>
          <pre tabIndex={0} class="base64">
            {payload.base64}
          </pre>
        </>
      )}
    </>
  )
}
