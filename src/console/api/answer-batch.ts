// Hands on the answers of a watch in batches, and says how far behind they are.
import type { FollowListener } from './follow-listener.js'
import { ServerClock } from './server-clock.js'
import type { WatchAnswer } from './task.js'

/** Milliseconds within which what comes is handed on together, so that the page is drawn ten times a second and no more. */
const BATCH_MS = 100
/** The same while an instance is busy: to draw a full board takes long, and nobody reads it ten times a second. */
const BUSY_BATCH_MS = 500
/** Answers in a second from which an instance is busy. */
const BUSY_PER_SECOND = 50
/** Milliseconds of age from which news means that this reader has fallen behind; less may be a difference of clocks. */
const BEHIND_MS = 5000
/** Milliseconds of silence after which all is shown. */
const QUIET_MS = 1500

/** The answers of one stream. */
export class AnswerBatch {
  private readonly listener: FollowListener
  private answers: WatchAnswer[] = []
  private handedOn: string
  private flushing: ReturnType<typeof setTimeout> | undefined
  private quiet: ReturnType<typeof setTimeout> | undefined
  private batchMs = BATCH_MS
  private readonly clock = new ServerClock()
  private behindMs = 0

  /** `after`: what is known before the first answer. */
  constructor(after: string, listener: FollowListener) {
    this.handedOn = after
    this.listener = listener
  }

  /** Everything up to this revision has been handed on. */
  get after(): string {
    return this.handedOn
  }

  /** The stream is open; `date` is the server's clock, as HTTP tells it. */
  open(date: string | null): void {
    this.clock.hear(date)
    this.listener.onConnection({ kind: 'live', behindMs: 0 })
  }

  add(answer: WatchAnswer): void {
    this.answers.push(answer)
    this.flushing ??= setTimeout(() => this.flush(), this.batchMs)
  }

  /** The stream is over. What has come is handed on unless `signal` says that nobody listens. */
  close(signal: AbortSignal): void {
    clearTimeout(this.flushing)
    clearTimeout(this.quiet)
    if (!signal.aborted && this.answers.length > 0) this.hand(this.take())
  }

  private flush(): void {
    this.flushing = undefined
    const answers = this.take()
    this.batchMs = answers.length > (BUSY_PER_SECOND * this.batchMs) / 1000 ? BUSY_BATCH_MS : BATCH_MS
    this.hand(answers)
    this.tellAge(answers.findLast(({ event }) => event !== undefined)?.event?.at)
  }

  private take(): WatchAnswer[] {
    const { answers } = this
    this.answers = []
    return answers
  }

  private hand(answers: readonly WatchAnswer[]): void {
    this.listener.onAnswers(answers)
    this.handedOn = answers.at(-1)?.revision ?? this.handedOn
  }

  private tellAge(at: string | undefined): void {
    clearTimeout(this.quiet)
    const age = at === undefined ? 0 : this.clock.now() - Date.parse(at)
    this.tell(age > BEHIND_MS ? age : 0)
    if (this.behindMs > 0) this.quiet = setTimeout(() => this.tell(0), QUIET_MS)
  }

  private tell(behindMs: number): void {
    if (behindMs === this.behindMs) return
    this.behindMs = behindMs
    this.listener.onConnection({ kind: 'live', behindMs })
  }
}
