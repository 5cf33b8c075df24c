// A worker's end of the channel to the process that has started it. The process ends with the channel: cluster sees to that.
import type { Writer } from '../store/sqlite/writer-thread.js'
import type { WriterAnswer } from '../store/sqlite/writer-protocol.js'
import type { InstanceId } from '../task/identifiers.js'
import { TaskError } from '../task/task-error.js'
import type { ToPrimary, ToWorker, WorkerQuestion, WorkerReply, WorkerStart } from './messages.js'
import { Questions } from './questions.js'

/** What the primary wants of a worker that serves. */
export interface PrimaryWishes {
  readonly reply: (question: WorkerQuestion) => Promise<Partial<WorkerReply>>
  readonly stop: (delayMs: number) => void
}

/** Hears of instances that have new events. */
export type OnChange = (instances: Iterable<InstanceId>) => void

/** The channel. */
export class PrimaryLink {
  private readonly questions = new Questions<WriterAnswer>()
  private onStart: ((start: WorkerStart) => void) | undefined
  private onChange: OnChange | undefined
  private wishes: PrimaryWishes | undefined

  constructor() {
    process.on('message', (message: ToWorker) => this.hear(message))
  }

  /** What the primary begins with. */
  started(): Promise<WorkerStart> {
    const start = new Promise<WorkerStart>((resolve) => (this.onStart = resolve))
    void this.send({ kind: 'listening' })
    return start
  }

  /** Grants the wishes of the primary from now on. */
  follow(wishes: PrimaryWishes): void {
    this.wishes = wishes
  }

  /** Resolves when the message is on its way, whatever becomes of this process; also when nobody is there to take it. */
  send(message: ToPrimary): Promise<void> {
    return new Promise((resolve) => {
      process.send?.(message, undefined, undefined, () => resolve())
    })
  }

  /** The writer of the primary. */
  openWriter(onChange: OnChange): Writer {
    this.onChange = onChange
    return {
      ask: async (request) => {
        const answer = await this.questions.ask((id) => void this.send({ kind: 'request', id, request }))
        if (answer.kind !== 'failed') return answer
        throw answer.error === undefined ? new Error(`The writer failed: ${answer.message}`) : TaskError.fromData(answer.error)
      },
      close: () => Promise.resolve(),
    }
  }

  private hear(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        this.onStart?.(message)
        break
      case 'question':
        void this.reply(message.id, message.question)
        break
      case 'answer':
        this.questions.answer(message.id, message.answer)
        break
      case 'changed':
        this.onChange?.(message.instances)
        break
      case 'stop':
        this.wishes?.stop(message.delayMs)
    }
  }

  private async reply(id: number, question: WorkerQuestion): Promise<void> {
    const reply = await this.wishes?.reply(question)
    if (reply !== undefined) await this.send({ kind: 'reply', id, reply })
  }
}
