// What can be asked of a task, when it can be, and only after a second thought.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Status, Task } from '../api/task.js'
import { askFor, type Control } from '../api/tasks-api.js'
import { useConsole } from '../parts/console-context.js'
import { Icon, type IconName } from '../parts/icons.js'
import type { MessageKey } from '../text/messages.js'

/** A way to steer a task. */
interface Steering {
  readonly name: Control
  /** What the server must allow. */
  readonly to: Status
  readonly icon: IconName
  readonly question: MessageKey
  readonly note: MessageKey
}

/** What there is to ask; a task that nobody has started is cancelled without anybody's answer. */
const CONTROLS: readonly Steering[] = [
  { name: 'pause', to: 'PAUSING', icon: 'pause', question: 'pauseQuestion', note: 'pauseNote' },
  { name: 'resume', to: 'RUNNING', icon: 'play', question: 'resumeQuestion', note: 'resumeNote' },
  { name: 'cancel', to: 'CANCELLING', icon: 'cross', question: 'cancelQuestion', note: 'cancelNote' },
  { name: 'cancel', to: 'CANCELLED', icon: 'cross', question: 'cancelQuestion', note: 'cancelAtOnceNote' },
]
/** Characters of a reason; CONTROL_LIMITS.reasonLength of the server. */
const REASON_LENGTH = 511

interface ControlsProps {
  readonly task: Task
  readonly onTask: (task: Task) => void
}

/** The buttons, and what has been asked for and not been answered. */
export function Controls({ task, onTask }: ControlsProps): JSX.Element {
  const { say } = useConsole()
  const [asked, setAsked] = useState<Steering>()
  const allowed = CONTROLS.filter(({ to }) => task.allowedTransitions?.includes(to) === true)
  return (
    <>
      {allowed.map((control) => (
        <button key={control.name} type="button" class={control.name === 'cancel' ? 'danger' : ''} onClick={() => setAsked(control)}>
          <Icon name={control.icon} />
          {say(control.name)}
        </button>
      ))}
      {asked !== undefined && <Question task={task} control={asked} onTask={onTask} onClose={() => setAsked(undefined)} />}
    </>
  )
}

interface QuestionProps extends ControlsProps {
  readonly control: Steering
  readonly onClose: () => void
}

function Question({ task, control, onTask, onClose }: QuestionProps): JSX.Element {
  const { name, question, note } = control
  const { say, send } = useConsole()
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<Error>()
  const [isSending, setSending] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  // Closed, not only taken away: the focus goes back to the button then.
  const close = (): void => dialog.current?.close()
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const reason = new FormData(form).get('reason')
    setSending(true)
    try {
      onTask(await askFor(send, name, task, typeof reason === 'string' ? reason.trim() : ''))
      close()
      // What was asked for may not be there to be asked again: its button would take the focus with it.
      document.querySelector<HTMLElement>('h1')?.focus()
    } catch (refusal) {
      setError(refusal as Error)
      setSending(false)
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit(event.currentTarget)
        }}
      >
        <h2 id="question">{say(question)}</h2>
        <p>
          <strong>{task.command}</strong> <span class="code muted">{task.id}</span>
        </p>
        <p class="muted">{say(note)}</p>
        <label class="field">
          <span>{say('reasonLabel')}</span>
          <input name="reason" maxLength={REASON_LENGTH} autoComplete="off" />
        </label>
        {error !== undefined && (
          <p class="notice is-failure" role="alert">
            {error.message}
          </p>
        )}
        <p class="dialog-actions">
          <button type="button" onClick={close}>
            {say('keep')}
          </button>
          <button type="submit" class={name === 'cancel' ? 'danger solid' : 'primary'} disabled={isSending}>
            {say(name)}
          </button>
        </p>
      </form>
    </dialog>
  )
}

/** Requests that the producer has not answered. */
export function OpenRequests({ task }: { readonly task: Task }): JSX.Element {
  const { say, format } = useConsole()
  const requests = [
    { key: 'cancelAsked' as const, request: task.cancelRequest },
    { key: 'pauseAsked' as const, request: task.pauseRequest },
  ]
  return (
    <>
      {requests.map(({ key, request }) =>
        request?.state !== 'REQUESTED' ? null : (
          <p key={key} class="notice is-warning">
            <Icon name="clock" />
            <span>
              {say(key, { name: request.requestedBy ?? '', time: format.moment(Date.parse(request.requestedAt ?? ''), Date.now()) })}
              {request.reason !== undefined && ` ${say('reason')}: ${request.reason}`}
            </span>
          </p>
        ),
      )}
    </>
  )
}
