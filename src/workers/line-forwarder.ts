// The lines of a worker on their way to the process that has the log: those of one turn go together. Two processes that write
// to one pipe would tear each other's lines.
import type { LineOutput } from '../sight/line-file.js'
import type { ForwardedLines } from './messages.js'

type Waiting = Record<keyof ForwardedLines, string[]>

/** Sends lines. */
export class LineForwarder {
  readonly log = this.output('log')
  readonly audit = this.output('audit')
  private readonly send: (lines: ForwardedLines) => Promise<void>
  private waiting: Waiting | undefined
  private sending: Promise<void> = Promise.resolve()

  /** `send` resolves when the lines are on their way, whatever becomes of this process. */
  constructor(send: (lines: ForwardedLines) => Promise<void>) {
    this.send = send
  }

  private output(kind: keyof Waiting): LineOutput {
    return {
      write: (line) => {
        if (this.waiting === undefined) setImmediate(() => this.flush())
        this.waiting ??= { log: [], audit: [] }
        this.waiting[kind].push(line)
      },
      drained: () => {
        this.flush()
        return this.sending
      },
    }
  }

  private flush(): void {
    const { waiting } = this
    if (waiting === undefined) return
    this.waiting = undefined
    this.sending = this.send(waiting)
  }
}
