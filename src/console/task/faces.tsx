// The same task as each API shows it, side by side.
import type { JSX } from 'preact'
import { FACES, type Face } from '../api/faces.js'
import type { Send } from '../api/request.js'
import { useConsole } from '../parts/console-context.js'
import { Loading } from '../parts/notice.js'
import { useLoad } from '../parts/use-load.js'
import { useThrottled } from '../parts/use-throttled.js'

/** Milliseconds between two rounds of questions about a task that changes often. */
const ASK_MS = 2000

interface FacesProps {
  readonly instance: string
  readonly taskId: string
  /** Of the task; when it changes, every API is asked again. */
  readonly revision: string
}

/** The tab. */
export function Faces(props: FacesProps): JSX.Element {
  return (
    <div class="faces">
      {FACES.map((face) => (
        <FaceCard key={face.name} face={face} {...props} />
      ))}
    </div>
  )
}

function FaceCard({ face, instance, taskId, revision }: FacesProps & { readonly face: Face }): JSX.Element {
  const { say, send } = useConsole()
  const path = face.path(instance, taskId)
  const asked = useThrottled(revision, ASK_MS)
  const { last: answer, error } = useLoad(`${path} ${asked}`, (signal) => ask(send, path, face.accept, signal))
  const isServed = answer === undefined || answer.status < 400
  return (
    <section class="face">
      <h3>{face.name}</h3>
      <p class="muted small">{say(face.note)}</p>
      <p class="code small">
        GET {path}
        <br />
        Accept: {face.accept}
      </p>
      {answer === undefined && error === undefined && <Loading />}
      {error !== undefined && <p class="notice is-failure">{error.message}</p>}
      {answer !== undefined && (
        <>
          <p class="small">
            <span class={`pill ${isServed ? 'tone-succeeded' : 'tone-cancelled'}`}>{answer.status}</span> {!isServed && say('notServed')}
          </p>
          <pre tabIndex={0}>{answer.body}</pre>
        </>
      )}
    </section>
  )
}

/** Whatever is answered, laid out when it is JSON. */
async function ask(send: Send, path: string, accept: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
  const response = await send(path, { signal, cache: 'no-store', headers: { accept } })
  const text = await response.text()
  return { status: response.status, body: laidOut(text) }
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
